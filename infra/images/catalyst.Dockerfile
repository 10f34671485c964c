# The product: web, worker, beat and migration are this one image with other commands
# (infra/charts/catalyst). Built by .github/workflows/image.yml from the top of the repository.
FROM docker.io/library/python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1 AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/catalyst \
 && /opt/catalyst/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
      --requirement /tmp/requirements.lock

FROM docker.io/library/python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1
ENV PATH=/opt/catalyst/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=catalyst.settings.production
# Letters of invoices and voucher sheets (franchise/paper.py).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
COPY --from=packages /opt/catalyst /opt/catalyst
WORKDIR /srv/catalyst
COPY manage.py ./
COPY catalyst catalyst
COPY dns dns
COPY franchise franchise
COPY sovereign_wizard sovereign_wizard
COPY static static
COPY templates templates
COPY infra/hetzner infra/hetzner
# What there is to choose (catalyst/blueprints).
COPY infra/charts infra/charts
# The number that the chart's Pods run as; everything is read-only to it.
USER 10001:10001
EXPOSE 8000
