"""Routes of the franchise."""

from django.urls import path

from franchise.organizations import views as organizations
from franchise.redeem import views as redeem
from franchise.vouchers import views as vouchers

urlpatterns = [
    path("vouchers/", vouchers.vouchers, name="vouchers"),
    path("vouchers/<int:voucher_id>/pause", vouchers.pause, name="voucher-pause"),
    path("vouchers/<int:voucher_id>/resume", vouchers.resume, name="voucher-resume"),
    path("vouchers/<int:voucher_id>/revoke", vouchers.revoke, name="voucher-revoke"),
    path("vouchers/<int:voucher_id>/reprint", vouchers.reprint, name="voucher-reprint"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("redeem", redeem.redeem, name="redeem"),
    path("redeem/done", redeem.done, name="redeem-done"),
]
