/**
 * Headers that every answer carries, whoever writes it: a route, the upgrade gate, or the server itself for what it cannot read. What helmet would add beside them is for
 * browsers that no longer exist, or (HSTS) is said by whoever ends TLS.
 */

export const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
};
