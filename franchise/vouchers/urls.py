"""Routes of this room."""

from django.urls import path

from franchise.vouchers import views

urlpatterns = [
    path("vouchers/", views.vouchers, name="vouchers"),
    path("vouchers/<int:voucher_id>/pause", views.pause, name="voucher-pause"),
    path("vouchers/<int:voucher_id>/resume", views.resume, name="voucher-resume"),
    path("vouchers/<int:voucher_id>/revoke", views.revoke, name="voucher-revoke"),
    path("vouchers/<int:voucher_id>/reprint", views.reprint, name="voucher-reprint"),
]
