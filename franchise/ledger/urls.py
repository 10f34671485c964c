"""Routes of this room."""

from django.urls import path

from franchise.ledger import views

urlpatterns = [
    path("backoffice/ledger/", views.ledger, name="ledger"),
    path("backoffice/ledger/adjust/", views.adjust, name="ledger-adjust"),
    path("backoffice/ledger/check", views.check, name="ledger-check"),
    path("backoffice/ledger/<int:transaction_id>/", views.transaction, name="ledger-transaction"),
    path("backoffice/settlement/", views.settlement, name="settlement"),
    path("backoffice/settlement/csv", views.settlement_file, name="settlement-csv"),
]
