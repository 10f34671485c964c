"""The Gateway of tests: ends TLS on port 443 and passes the bytes on. Only standard library.

Arguments: certificate, key, host and port behind.
"""

import asyncio
import ssl
import sys


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there, back = await asyncio.open_connection(sys.argv[3], int(sys.argv[4]))
    await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)


async def main() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.start_server(accept, "0.0.0.0", 443, ssl=context)
    await server.serve_forever()


asyncio.run(main())
