"""Routes of this room."""

from django.urls import path

from franchise.mails import views

urlpatterns = [
    path("backoffice/mails/", views.mails, name="backoffice-mails"),
    path("mail/<str:signed>/stop/", views.stop_offers, name="mail-stop"),
    path("mail/<str:signed>/go-on/", views.offers_again, name="mail-go-on"),
]
