"""Routes of this room."""

from django.urls import path

from franchise.redeem import api, progress_views, views

urlpatterns = [
    path("redeem", views.redeem, name="redeem"),
    path("redeem/done", views.done, name="redeem-done"),
    path("redeem/progress/<int:redemption_id>", progress_views.progress, name="redeem-progress"),
    path(
        "redeem/progress/<int:redemption_id>/give-back",
        progress_views.give_back,
        name="redeem-give-back",
    ),
    path("api/redeem", api.redeem_by_program, name="redeem-api"),
    path("api/redeem/<int:redemption_id>", api.redemption_status, name="redeem-status"),
]
