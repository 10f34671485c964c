"""Routes of this room. The front page's is in `catalyst/urls_sovereign.py`."""

from django.urls import include, path

from franchise.site import checkout_views as checkout
from franchise.site import views

ORDER = "organizations/<slug:organization>/checkout/<str:order_number>"

urlpatterns = [
    path("", include("franchise.site.apps.urls")),
    path("", include("franchise.site.brand.urls")),
    path("plans", views.plans, name="site-plans"),
    path("apps", views.apps, name="site-apps"),
    path("app/<slug:app>", views.app, name="site-app"),
    path("addons", views.addons, name="site-addons"),
    path("addons/name", views.free_name, name="site-free-name"),
    path("review", views.review, name="site-review"),
    path("checkout", checkout.checkout, name="site-checkout"),
    path(f"{ORDER}/", checkout.order, name="organization-checkout"),
    path(f"{ORDER}/change", checkout.change, name="organization-checkout-change"),
]
