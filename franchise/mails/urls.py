"""Routes of this room."""

from django.urls import path

from franchise.mails import views

urlpatterns = [
    path("mail/<str:signed>/stop/", views.stop, name="mail-stop"),
    path("mail/<str:signed>/go-on/", views.go_on, name="mail-go-on"),
]
