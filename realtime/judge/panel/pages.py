"""The one page that phones load: plain files of this package, nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from aiohttp import web

_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


def routes() -> list[web.RouteDef]:
    """`/` and what it loads, kept in memory."""
    folder = files("realtime.judge.panel") / "page"
    found = []
    for file in folder.iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            found.append(_route(path, file.read_bytes(), kind))
    return found


def _route(path: str, body: bytes, kind: str) -> web.RouteDef:
    async def give(request: web.Request) -> web.Response:
        return web.Response(
            body=body,
            content_type=kind,
            charset="utf-8",
            headers={
                "Cache-Control": "no-cache",
                # Older Safari does not count a WebSocket as 'self'.
                "Content-Security-Policy": (
                    f"default-src 'self'; connect-src 'self' ws://{request.host}; "
                    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                ),
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return web.get(path, give)
