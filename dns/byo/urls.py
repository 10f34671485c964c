"""Addresses of a person's own domains, all below `/own-domains/`."""

from django.urls import path

from dns.byo import views

urlpatterns = [
    path("", views.moves, name="moves"),
    path("<uuid:move_id>/", views.move, name="move"),
    path("<uuid:move_id>/panel/", views.panel, name="move-panel"),
    path("<uuid:move_id>/check/", views.check_now, name="move-check"),
    path("<uuid:move_id>/resume/", views.resume, name="move-resume"),
    path("<uuid:move_id>/restore/", views.restore, name="move-restore"),
]
