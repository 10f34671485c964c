"""Routes of this room."""

from django.urls import URLPattern, URLResolver, include, path

from franchise.crossing import views

campaign = [
    path("", views.campaign, name="signed-campaign"),
    path("sign", views.sign, name="signed-sign"),
    path("revoke", views.revoke, name="signed-revoke"),
    path("csv", views.table, name="signed-csv"),
    path("<int:signed_voucher_id>/show", views.show, name="signed-show"),
]
office: list[URLPattern | URLResolver] = [
    path("", views.signed, name="signed"),
    path("trust", views.trust, name="signed-trust"),
    path("rotate", views.rotate, name="signed-rotate"),
    path("new", views.new, name="signed-new"),
    path("peers/<int:peer_id>/turn", views.turn, name="signed-turn"),
    path("keys/<int:peer_key_id>/withdraw", views.withdraw, name="signed-withdraw"),
    path("<int:signed_campaign_id>/", include(campaign)),
]
urlpatterns = [
    path("backoffice/signed/", include(office)),
    path(".well-known/catalyst/vouchers/keys", views.our_keys, name="signed-keys"),
    path(".well-known/catalyst/vouchers/revoked", views.our_list, name="signed-revoked"),
    path(".well-known/catalyst/vouchers/settlement", views.settlement, name="signed-settlement"),
]
