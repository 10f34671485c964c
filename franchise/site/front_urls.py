"""The front page, where this is a Sovereign's own site; Catalyst-Zero has another."""

from django.urls import path

from franchise.site import views

urlpatterns = [path("", views.front, name="site-front")]
