import { configurationSchema } from '@envigate/contracts';
import type { SchemaNode } from './load.ts';

/** What is shown in place of a secret. */
export const hidden = '***';

/**
 * A configuration as it may be shown: settings that the schema marks `writeOnly` or whose name is
 * that of a secret are hidden, and what bears a password within (an URL, a connection string, a
 * header) is shown without it. Where a text can be read in more than one way, all of it is hidden.
 */
export function redactConfiguration(
  value: unknown,
  schema: SchemaNode | undefined = configurationSchema,
  key = '',
): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (schema?.writeOnly === true || isNameOfSecret(key)) return hidden;
  if (typeof value === 'string') return /url$/i.test(key) ? redactUrl(value) : redactText(value);
  if (Array.isArray(value)) {
    return value.map((item) => redactConfiguration(item, schema?.items));
  }
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      redactConfiguration(item, schema?.properties?.[name], name),
    ]),
  );
}

const secretWords =
  /pass(?:word|wd|phrase|code)|pwd|secret|token|credential|api[-_]?key|(?:access|private|account|shared)[-_]?key|authorization|cookie|signature/i;
// The place of a secret, or its length of life, is not a secret itself.
const aboutSecrets = /(?:file|dir|path|seconds|minutes|hours|days|length)$/i;

function isNameOfSecret(name: string): boolean {
  return secretWords.test(name) && !aboutSecrets.test(name);
}

/** Text of any kind; one without anything secret is returned as it is. */
function redactText(text: string): string {
  if (text.includes('://')) return redactUrl(text);
  if (/-----BEGIN|^\s*(?:bearer|basic|digest|negotiate)\s/i.test(text)) return hidden;
  const pairs = readPairs(text);
  if (pairs !== undefined) return showPairs(pairs);
  if (new RegExp(`(?:${secretWords.source})\\S*\\s*[:=]`, 'i').test(text)) return hidden;
  // user:password@host, without a scheme
  return /:.*@/s.test(text) ? `${hidden}@${text.slice(text.lastIndexOf('@') + 1)}` : text;
}

/** An URL, or PostgreSQL's keywords and values in its place; everything else is hidden. */
function redactUrl(text: string): string {
  const [, scheme, authority, rest] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || rest === undefined) {
    const pairs = readPairs(text);
    return pairs === undefined ? hidden : showPairs(pairs);
  }
  // A password may hold / ? # or @ that nobody encoded: then these are no path and no query.
  if (rest.includes('@')) return `${scheme}${hidden}`;
  const [, path = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? [];
  return [
    scheme,
    redactAuthority(authority, /^postgres(?:ql)?:/i.test(scheme)),
    path,
    query === undefined ? '' : `?${redactQuery(query)}`,
    fragment === undefined ? '' : `#${hidden}`,
  ].join('');
}

/** Elsewhere than in PostgreSQL, a user without a password may be a token. */
function redactAuthority(authority: string, isDatabase: boolean): string {
  const at = authority.lastIndexOf('@');
  if (at < 0) return authority;
  const host = authority.slice(at + 1);
  const [user = '', password] = authority.slice(0, at).split(/:(.*)/s);
  if (password === undefined && !isDatabase) return `${hidden}@${host}`;
  // A colon that was encoded too: where the password begins is not certain.
  if (/%3a|@/i.test(user)) return `${hidden}@${host}`;
  return password === undefined ? `${user}@${host}` : `${user}:${hidden}@${host}`;
}

/** Parameters of connections that hold nothing secret, after libpq and pg. All others are hidden. */
const shown = new Set(
  [
    'host hostaddr port dbname database user service passfile application_name',
    'fallback_application_name client_encoding connect_timeout target_session_attrs',
    'load_balance_hosts keepalives keepalives_idle keepalives_interval keepalives_count',
    'tcp_user_timeout channel_binding gssencmode krbsrvname ssl sslmode sslnegotiation sslrootcert',
    'sslcert sslkey sslcrl sslcrldir sslsni ssl_min_protocol_version ssl_max_protocol_version',
    'statement_timeout query_timeout lock_timeout idle_in_transaction_session_timeout',
  ].flatMap((names) => names.split(' ')),
);

/** What follows a hidden parameter is hidden with it: its value may hold an & that nobody encoded. */
function redactQuery(query: string): string {
  const parameters = query.split(/[&;]/);
  const first = parameters.findIndex((parameter) => !shown.has(nameOf(parameter)));
  if (first < 0) return parameters.join('&');
  return [...parameters.slice(0, first), `${nameOf(parameters[first] ?? '')}=${hidden}`].join('&');
}

function nameOf(parameter: string): string {
  return parameter.replace(/=.*$/s, '');
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

/** `host=db password='it''s'`, with blanks around `=` or without; undefined where it is not that. */
function readPairs(text: string): readonly Pair[] | undefined {
  const pair = /\s*([a-z_][\w.-]*)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)(?=\s|$)/giy;
  const pairs: Pair[] = [];
  for (let end = 0; end < text.trimEnd().length; end = pair.lastIndex) {
    const match = pair.exec(text);
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    pairs.push({ name: match[1], value: match[2] });
  }
  return pairs.length === 0 ? undefined : pairs;
}

function showPairs(pairs: readonly Pair[]): string {
  return pairs
    .map(({ name, value }) => `${name}=${shown.has(name.toLowerCase()) ? value : hidden}`)
    .join(' ');
}
