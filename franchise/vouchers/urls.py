"""Routes of this room."""

from django.urls import include, path

from franchise.vouchers import campaign_views, code_views, print_views, views

code = [
    path("", code_views.voucher, name="voucher"),
    path("pause", code_views.pause, name="voucher-pause"),
    path("resume", code_views.resume, name="voucher-resume"),
    path("revoke", code_views.revoke, name="voucher-revoke"),
    path("edit", code_views.edit, name="voucher-edit"),
    path("reissue", code_views.reissue, name="voucher-reissue"),
    path("reprint", code_views.reprint, name="voucher-reprint"),
    path("qr", code_views.qr, name="voucher-qr"),
]
campaign = [
    path("", campaign_views.campaign, name="campaign"),
    path("edit/", campaign_views.edit, name="campaign-edit"),
    path("codes", campaign_views.add_codes, name="campaign-codes"),
    path("pause", campaign_views.pause, name="campaign-pause"),
    path("resume", campaign_views.resume, name="campaign-resume"),
    path("revoke", campaign_views.revoke, name="campaign-revoke"),
]
urlpatterns = [
    path("vouchers/", views.vouchers, name="vouchers"),
    path("vouchers/vouchers.csv", views.table, name="vouchers-csv"),
    path("vouchers/bulk", views.bulk, name="vouchers-bulk"),
    path("vouchers/find", views.find, name="voucher-find"),
    path("vouchers/campaigns/", campaign_views.campaigns, name="campaigns"),
    path("vouchers/campaigns/new/", campaign_views.new, name="campaign-new"),
    path("vouchers/campaigns/<int:campaign_id>/", include(campaign)),
    path("vouchers/batches/<int:batch_id>/csv", print_views.batch_csv, name="batch-csv"),
    path("vouchers/batches/<int:batch_id>/pdf/<int:part>", print_views.batch_pdf, name="batch-pdf"),
    path("vouchers/<int:voucher_id>/", include(code)),
]
