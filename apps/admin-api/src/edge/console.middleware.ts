import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { headerOf, type ApiRequest, type ApiResponse } from './request.js';

/** Pages of the console; every other path belongs to the API. */
const PAGE = /^\/(?:(?:consortia|sign-in)(?:\/.*)?)?$/;
const OK = 200;
const NOT_MODIFIED = 304;
/** No inline script, no inline style, nothing from elsewhere: the component library's styles are files too. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type Asset = Readonly<{ type: string; plain: Uint8Array; gzipped: Uint8Array; etag: string; page: boolean }>;

const toAsset = (file: string): Asset => {
  const plain = readFileSync(file);
  const etag = `"${createHash('sha256').update(plain).digest('hex').slice(0, 32)}"`;
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  return { type, plain, gzipped: gzipSync(plain), etag, page: extname(file) === '.html' };
};

const readAssets = (folder: string): ReadonlyMap<string, Asset> => {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [`/${relative(folder, file).split(sep).join('/')}`, toAsset(file)]));
};

const send = (asset: Asset, request: ApiRequest, response: ApiResponse): void => {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('Content-Type', asset.type);
  response.setHeader('ETag', asset.etag);
  response.setHeader('Vary', 'Accept-Encoding');
  // Other files carry a digest in their name; the page says which of them to load.
  response.setHeader('Cache-Control', asset.page ? 'no-cache' : 'public, max-age=31536000, immutable');
  if (headerOf(request, 'if-none-match') === asset.etag) {
    response.status(NOT_MODIFIED).end();
    return;
  }
  const zipped = /\bgzip\b/.test(headerOf(request, 'accept-encoding') ?? '');
  const body = zipped ? asset.gzipped : asset.plain;
  if (zipped) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', String(body.byteLength));
  response.status(OK);
  if (request.method === 'HEAD') response.end();
  else response.end(body);
};

/** Serves the built console from memory: its files by name, its page under every path of the console. */
export const createConsoleMiddleware = (
  folder: string,
): ((request: ApiRequest, response: ApiResponse, next: () => void) => void) => {
  const assets = readAssets(folder);
  return (request, response, next) => {
    const path = request.url.split('?')[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const asset = isRead ? assets.get(PAGE.test(path) ? '/index.html' : path) : undefined;
    if (asset === undefined) next();
    else send(asset, request, response);
  };
};
