"""A worker with small products, as a process that can be killed."""

import os
import sys

from tests.cms.small_products import install

install(setattr, marks=os.environ["LOA_TEST_MARKS"], hold=os.environ["LOA_TEST_HOLD"])

if __name__ == "__main__":
    from cms.production.worker import main

    sys.exit(main())
