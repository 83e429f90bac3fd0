# The environment of a study, without any study in it: no raw file, result or key is copied into the image.
#   docker build --tag guyub .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/study" guyub              # dvc repro, in this folder
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/study" guyub guyub verify
FROM python:3.12-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
WORKDIR /guyub
RUN python -m venv .venv
ENV PATH=/guyub/.venv/bin:$PATH PYTHONHASHSEED=0
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .
RUN git config --system --add safe.directory /study
# Whoever runs it has a number here and no name, which DVC asks for, and no home to write to
ENV HOME=/tmp LOGNAME=study
WORKDIR /study
CMD ["dvc", "repro"]
