"""JSON-RPC as an editor may count on it: every request is answered, if only by an error."""

from __future__ import annotations

from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import RPCMessage, RPCRequest

from ..record import Record


class Refused(Record):
    """What stands for a message that has been answered already, since it could not be read."""

    jsonrpc: str = ""


class Protocol(LanguageServerProtocol):
    """The protocol, which tells the editor what is wrong with a request that cannot be taken."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException:
            if "id" not in data or "method" not in data:
                raise
            reason = f"these are no parameters of {data['method']}"
            self._send_response(data["id"], error=JsonRpcInvalidParams(reason).to_response_error())
            return Refused()

    def handle_message(self, message: RPCMessage | Refused) -> None:
        if isinstance(message, Refused):
            return
        if self._shutdown and isinstance(message, RPCRequest):
            error = JsonRpcInvalidRequest("the server has been told to shut down")
            self._send_response(message.id, error=error.to_response_error())
            return
        super().handle_message(message)
