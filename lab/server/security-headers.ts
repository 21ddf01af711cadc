/**
 * What a page of the lab may load. Outputs of a notebook run in the page, as in Jupyter, so inline scripts must be
 * possible, and JupyterLab's settings compile their schemas (`unsafe-eval`). Maps and pictures may come from elsewhere by
 * https; a frame of this lab in a foreign page, plug-ins and forms to elsewhere may not be.
 */
const pagePolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data: https:",
  "style-src 'self' 'unsafe-inline' data: https:",
  "img-src 'self' data: blob: https:",
  "media-src 'self' data: blob: https:",
  "font-src 'self' data: https:",
  "connect-src 'self' data: blob: https:",
  "worker-src 'self' blob: data:",
  "frame-src 'self' data: blob: https:",
  "frame-ancestors 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join("; ");

export const securityHeaders: Record<string, string> = {
  "Content-Security-Policy": pagePolicy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};
