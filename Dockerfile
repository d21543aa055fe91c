# affectkit serve in a container: docs/deploy.md
#     docker build -t affectkit .
#     docker run --rm -p 127.0.0.1:8000:8000 -e AFFECTKIT_TOKEN=a-long-random-word affectkit
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m venv /opt/affectkit \
    && /opt/affectkit/bin/pip install --no-cache-dir -c constraints.txt ".[serve]"

FROM python:3.12-slim
RUN useradd --system --create-home --uid 10001 affectkit
COPY --from=build /opt/affectkit /opt/affectkit
ENV PATH=/opt/affectkit/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER affectkit
WORKDIR /home/affectkit
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# inside, every address of the container is listened at, so a token is demanded: without AFFECTKIT_TOKEN it says so and ends
CMD ["affectkit", "serve", "--host", "0.0.0.0", "--port", "8000"]
