# One image for every app: `docker run chainkeep exporter`. Without an argument it is the standalone mode.
FROM node:24.22.3-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# The sources come without their repository: docker build --build-arg CHAINKEEP_COMMIT=$(git rev-parse HEAD) .
ARG CHAINKEEP_COMMIT=
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.22.3-bookworm-slim
ENV NODE_ENV=production CHAINKEEP_HOME=/data CHAINKEEP_HOST=0.0.0.0
WORKDIR /app
RUN install -d -o node -g node /data
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --from=build --chown=root:root /app/deploy/run.mjs ./deploy/run.mjs
USER node
VOLUME /data
EXPOSE 3000 8080
ENTRYPOINT ["node", "--enable-source-maps", "deploy/run.mjs"]
CMD ["standalone"]
