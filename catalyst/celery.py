"""The Celery application. Tasks carry ids only: every queued task can be derived from rows."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalyst.settings.embedded")

app = Celery("catalyst")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    task_default_queue="catalyst",
)
app.autodiscover_tasks(["catalyst.work"])
app.autodiscover_tasks()
