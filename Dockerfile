# One image for every role: `matcher api`, `matcher worker`, `matcher db upgrade`.

FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/matcher
COPY requirements/run.txt requirements/run.txt
RUN /opt/matcher/bin/pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md ./
COPY matcher matcher
COPY seeds seeds
RUN /opt/matcher/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/matcher matcher \
    && install --directory --owner 10001 --mode 0700 /var/lib/matcher-erased
COPY --from=build /opt/matcher /opt/matcher
ENV PATH=/opt/matcher/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MATCHER_DATA_DIR=/var/lib/matcher
WORKDIR /var/lib/matcher
USER 10001
EXPOSE 8000
ENTRYPOINT ["matcher"]
CMD ["api", "--host", "0.0.0.0"]
