"""The site as a WSGI application."""

import os
import threading
import time

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.base")

application = get_wsgi_application()


def end_with(parent: int) -> None:
    """End this process when the server that started it is gone: killed outright, it cannot end us itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if _parent := os.environ.get("GRANIAN_SERVED_BY"):
    end_with(int(_parent))
