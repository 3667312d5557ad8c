/** An answer that refuses: HTTP status and the error id that clients decide by. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    readonly detail = '',
  ) {
    super(id)
  }
}

/** 400: a member of the body is missing or of the wrong form. */
export function invalidBody(name: string): ApiError {
  return new ApiError(400, 'api.context.invalid_body_param.app_error', name)
}

/** 400: a part of the path or a query parameter is of the wrong form. */
export function invalidUrl(name: string): ApiError {
  return new ApiError(400, 'api.context.invalid_url_param.app_error', name)
}

/** 404: no such route, also where only the method is unknown. */
export function noRoute(path: string): ApiError {
  return new ApiError(404, 'api.context.404.app_error', path)
}

/** 404: nobody with that id or e-mail. */
export function noSuchUser(): ApiError {
  return new ApiError(404, 'app.user.missing_account.const')
}

/** 403: the session may not do this, or local mode was switched off. */
export function noPermission(): ApiError {
  return new ApiError(403, 'api.context.permissions.app_error')
}

/** 401: no session, or one that was revoked. */
export function sessionExpired(): ApiError {
  return new ApiError(401, 'api.context.session_expired.app_error')
}
