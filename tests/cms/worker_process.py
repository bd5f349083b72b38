"""A worker with small products, as a process that can be killed."""

import os
import sys

from tests.cms.small_products import install

install(setattr, marks=os.environ["LOA_TEST_MARKS"], hold=os.environ["LOA_TEST_HOLD"])

if __name__ == "__main__":
    import render.communes
    from cms.production.worker import main

    # Pages of the offices that are there alone: those of all communes are drawn by the tests of the pages.
    render.communes.with_communes = dict

    sys.exit(main())
