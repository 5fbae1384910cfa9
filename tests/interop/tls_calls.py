#!/usr/bin/env python3
"""SIP over TLS with certificates that openssl makes on the spot, a real call and a foreign TLS client."""
import contextlib
import json
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

from harness import DAEDAP, Failed, Server, check, main, need, wait_for


def openssl(folder, *words):
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise Failed(f"openssl {words[0]}: {done.stderr}")


def issue(folder, name):
    """Writes NAME.pem and NAME.key for 127.0.0.1, signed by ca.pem."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", f"{name}.pem")


@contextlib.contextmanager
def tls_server():
    need("openssl")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="daedap-tls-"))
    try:
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
        issue(folder, "server")
        with Server(sip=f", tls_port: 0, certificate: {folder}/server.pem, key: {folder}/server.key") as server:
            yield server, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place(server, *words):
    return subprocess.run([DAEDAP, "call", f"sips:1002@127.0.0.1:{server.tls_port}", "--json", *words], capture_output=True, text=True, timeout=120)


@contextlib.contextmanager
def connected(server, folder, change=lambda context: None, session=None):
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    change(context)
    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as stream:
            yield stream


def options(port):
    return (f"OPTIONS sip:1002@127.0.0.1:{port};transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKtls1;rport\r\n"
            f"From: <sip:t@127.0.0.1>;tag=1\r\nTo: <sip:1002@127.0.0.1>\r\nCall-ID: tls-options\r\nCSeq: 1 OPTIONS\r\n"
            f"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()


def call_over_tls_with_a_certificate_of_our_own():
    with tls_server() as (server, folder):
        done = place(server, "--ca", str(folder / "ca.pem"), "--say", "what are your opening hours", "--say", "goodbye")
        check(done.returncode == 0, f"exit {done.returncode}: {done.stdout}{done.stderr}")
        report = json.loads(done.stdout)
        check(report["answered"] and report["packets_received"] > 100 and report["packets_lost"] == 0, f"report {report}")
        check(server.ended_calls(1)[0]["cause"] in ("goodbye", "caller_hung_up"), "cause")
        stranger = place(server)
        check(stranger.returncode == 1 and "the TLS hand-shake failed" in stranger.stderr, f"without --ca: {stranger.stdout}{stranger.stderr}")
        careless = place(server, "--insecure", "--wait", "1")
        check(careless.returncode == 0, f"--insecure: {careless.stdout}{careless.stderr}")
        wait_for(lambda: [line for line in server.log() if line.get("event") == "sip_tls_refused"], 5, "the refused hand-shake is not in the log")


def foreign_client_talks_sip_over_tls():
    with tls_server() as (server, folder):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            def only(context):
                context.minimum_version = context.maximum_version = version
            with connected(server, folder, only) as stream:
                stream.sendall(options(server.tls_port))
                answer = stream.recv(65536)
                check(answer.startswith(b"SIP/2.0 200") and b"Via: SIP/2.0/TLS" in answer, f"{version}: {answer}")
                stream.sendall(b"\r\n\r\n")
                check(stream.recv(16) == b"\r\n", "the ping was not answered")
            if version == ssl.TLSVersion.TLSv1_2:
                context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
                context.maximum_version = version
                seen = None
                for expected in (False, True):
                    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as plain:
                        with context.wrap_socket(plain, server_hostname="127.0.0.1", session=seen) as stream:
                            check(stream.session_reused == expected, f"session resumed: {stream.session_reused}")
                            seen = stream.session

        def old(context):
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        try:
            with connected(server, folder, old):
                raise Failed("TLS 1.1 was accepted")
        except (ssl.SSLError, ConnectionError):
            pass
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as plain:
            plain.sendall(options(server.tls_port))
            check(b"SIP/2.0" not in plain.recv(65536), "plain SIP was answered on the TLS port")
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as silent:
            check(silent.recv(1) == b"", "a silent source was not closed")


def hang_up_signal_shows_new_callers_the_new_certificate():
    with tls_server() as (server, folder):
        def serial():
            with connected(server, folder) as stream:
                return stream.getpeercert()["serialNumber"]
        before = serial()
        with connected(server, folder) as old:
            issue(folder, "next")
            shutil.copy(folder / "next.key", folder / "server.key")
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: "does not belong to the certificate" in (server.folder / "output.txt").read_text(), 5, "the wrong pair was not told")
            check(serial() == before, "half a change was taken")
            shutil.copy(folder / "next.pem", folder / "server.pem")
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: serial() != before, 5, "the new certificate is not shown")
            old.sendall(options(server.tls_port))
            check(old.recv(65536).startswith(b"SIP/2.0 200"), "the old connection was cut")


if __name__ == "__main__":
    main([call_over_tls_with_a_certificate_of_our_own, foreign_client_talks_sip_over_tls,
          hang_up_signal_shows_new_callers_the_new_certificate])
