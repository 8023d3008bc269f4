# Rightdoor in one image: the embedded form by default, one part of it with `serve --only ...`.
FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /rightdoor
COPY requirements.lock pyproject.toml Makefile README.md LICENSE ./
COPY intake intake
COPY channels channels
COPY nlu nlu
COPY case_store case_store
COPY config config
RUN make install && mkdir var && useradd --create-home rightdoor && chown -R rightdoor var
USER rightdoor
VOLUME /rightdoor/var
EXPOSE 8000 8001 8025
ENTRYPOINT [".venv/bin/rightdoor"]
CMD ["serve"]
