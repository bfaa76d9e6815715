FROM node:24-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production HOST=0.0.0.0 PORT=5001 DATA_DIR=/data
WORKDIR /app
COPY package.json package-lock.json ./
# Empty brings the optional packages: the SDKs of stores, and the embedded PostgreSQL.
ARG OMIT=--omit=optional
RUN npm ci --omit=dev $OMIT
COPY bin ./bin
COPY src ./src
COPY statistical ./statistical
# Compiled code stands beside the code, so that the first start is as fast as the next.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN mkdir /data .compile-cache && chown node:node /data .compile-cache
USER node
RUN node --require ./bin/node-setup.cjs bin/fill-compile-cache.ts
# The spool of accepted trainings: keep it over restarts.
VOLUME /data
EXPOSE 5001
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "bin/healthcheck.cjs"]
# Node is not made to be PID 1: tini reaps and passes signals on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--require", "./bin/node-setup.cjs", "src/main.ts"]
