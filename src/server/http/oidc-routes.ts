import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiPrefix } from '../../model/api.ts';
import { loginPatience, type Oidc } from '../access/oidc.ts';
import { oidcCallbackPath } from '../access/oidc-settings.ts';
import { HttpError, problemOf } from '../problem.ts';
import { cookieOf, type Gate } from './gate.ts';

const beginPath = `${apiPrefix}/login/oidc`;
const loginCookie = 'wirelight_login';

/** Adds the two pages of a login with OpenID Connect. People see them, so their errors are pages too. */
export function addOidcRoutes(app: FastifyInstance, oidc: Oidc, gate: Gate): void {
  app.get(beginPath, (request, reply) =>
    shown(reply, async () => {
      gate.identify(request.headers, request.ip);
      const { location, key } = await oidc.begin(
        new URL(request.url, 'http://localhost').searchParams.get('to') ?? '/',
      );
      return reply.header('set-cookie', cookie(key, loginPatience, oidc.secure)).redirect(location, 303);
    }),
  );
  app.get(oidcCallbackPath, (request, reply) => shown(reply, () => comeBack(oidc, gate, request, reply)));
}

async function comeBack(oidc: Oidc, gate: Gate, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  gate.identify(request.headers, request.ip);
  const { search } = new URL(request.url, 'http://localhost');
  try {
    const { name, subject, role, to } = await oidc.finish(cookieOf(request.headers.cookie, loginCookie), search);
    const { cookie: session } = gate.enter({ actor: `oidc:${name}`, role }, request.ip, { subject });
    return reply.header('set-cookie', [session, cookie('', 0, oidc.secure)]).redirect(to, 303);
  } catch (error) {
    if (error instanceof HttpError) gate.refused('oidc', error, request.ip);
    throw error;
  }
}

/** Comes along when the provider sends the browser back, which is another site's doing: hence Lax. */
function cookie(key: string, milliseconds: number, secure: boolean): string {
  const parts = [`${loginCookie}=${key}`, `Path=${beginPath}`, 'HttpOnly', 'SameSite=Lax'];
  parts.push(`Max-Age=${Math.floor(milliseconds / 1000)}`);
  if (secure) parts.push('Secure');
  return parts.join('; ');
}

async function shown(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { title, detail, next, status } = problemOf(error);
    const lines = [title, detail, next].filter((line) => line !== undefined).map((line) => `<p>${escaped(line)}</p>`);
    return reply
      .headers(error.headers)
      .status(status)
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>Wirelight</title>${lines.join('')}<p><a href="/">Back</a></p></html>`,
      );
  }
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
  return text.replaceAll(/[&<>"']/g, (character) => `&${names[character] ?? ''};`);
}
