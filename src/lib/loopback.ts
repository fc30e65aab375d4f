/** Which host names lead to this machine only. Pure. */

/** `localhost`, anything under `.localhost`, 127.0.0.0/8 and ::1, the latter with or without brackets. */
export const isLoopback = (host: string): boolean => /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
