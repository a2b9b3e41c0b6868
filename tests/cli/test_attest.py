"""attest and verify: what is signed, by whom, and whether it comes out again."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import ed25519
from demo_models import make_demo_models
from support import DOCS, MODELKIN, CliTest, run, validate

# Of RFC 8032, 7.1, the first test.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
OTHER_PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
PAYLOAD_TYPE = "application/vnd.in-toto+json"

RSA_PUBLIC = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCicgjLX6oAdTdMgxrWYPlTHlFb
WiIbt9RiqNzl2R2ZYFaAYJvIDzsv1WhOe9MOzZBY3SFPpw1eMKDyNOfpAq+HBCL4
IfSPNTCzQ8iuD+wsFiN3BRxF87jNY0IulHgm6FHKA/P1tRuav0WmwaQfbzgjcksm
vgVy9qAG1F6OvNwSAwIDAQAB
-----END PUBLIC KEY-----
"""
ENCRYPTED = """-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiDfJdYiJQH3gICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOrxSz6zaQqiftad+7a3ouIEQNyM
VkxIIVGi5wQVU9SggFbNoK2INakc1sbwe862eXaZWgy6busMxMTWxKhKpz6fTxCK
0ZWOm+GwDIHd0+x1OIU=
-----END ENCRYPTED PRIVATE KEY-----
"""
EC_PRIVATE = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP7kqzjFCvu+ot66B
pkV3Ke5xuXJKr8ybesfHDv+sodmhRANCAARIHq3Odm4yQUmM4sggskI3RmMJmJAf
6CW+loidp4ozqxuekkzG0aDLzxOvjA3+v4QaQpBPS8Z/YIEzkqzDnHiW
-----END PRIVATE KEY-----
"""
SECP256K1_PUBLIC = """-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEe4f0/SHyTzOTCrph6GJpXVTT9IrXQykB
5tw9g09vELniZBY2CtZuo5P/wee8JRdhfqif65csh+rJY8C26WqFRQ==
-----END PUBLIC KEY-----
"""
OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n"


def pem(label, der):
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


def private_pem(secret):
    return pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + secret)


def public_pem(public):
    return pem("PUBLIC KEY", bytes.fromhex("302a300506032b6570032100") + public)


def pre_auth(payload, payload_type=PAYLOAD_TYPE):
    return f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode() + payload


def envelope(payload, payload_type=PAYLOAD_TYPE, keyid="", secret=SECRET):
    """A DSSE envelope of these bytes, signed by RFC 8032's own arithmetic."""
    signature = ed25519.sign(secret, pre_auth(payload, payload_type))
    return {"payloadType": payload_type, "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}]}


MODELS = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with  # of all tests here


def setUpModule():  # pylint: disable=invalid-name
    make_demo_models(MODELS.name)


def tearDownModule():  # pylint: disable=invalid-name
    MODELS.cleanup()


class AttestTest(CliTest):
    models = MODELS

    @classmethod
    def setUpClass(cls):
        cls.unsigned = os.path.join(MODELS.name, "att.json")
        if not os.path.exists(cls.unsigned):
            cls.attest_to(cls.unsigned)
        with open(cls.unsigned, "rb") as file:
            cls.statement_bytes = file.read()

    @classmethod
    def model(cls, name):
        return os.path.join(cls.models.name, name)

    @classmethod
    def attest_to(cls, path, *more):
        subprocess.run([MODELKIN, "attest", cls.model("dense-a"), cls.model("dense-a-tuned"),
                        "--quick", "-o", path, "-q", *more], check=True)

    def statement(self):
        return json.loads(self.statement_bytes)

    def key(self):
        path = self.write("key.pem", private_pem(SECRET))
        os.chmod(path, 0o600)
        return path

    def public(self, public=PUBLIC):
        return self.write("public.pem", public_pem(public))

    def found(self, file, *more, code=0):
        """What verify says in JSON, with this exit code."""
        process = run("verify", file, "--json", *more)
        self.assertEqual(process.returncode, code, process.stdout + process.stderr)
        found = json.loads(process.stdout)
        validate(found, "verify.schema.json")
        self.assertEqual(found["attestation"]["exit_code"], code)
        self.assertEqual(found["confirmed"], code == 0)
        return found

    def signed(self, statement, **how):
        return self.write("signed.json", json.dumps(envelope(json.dumps(statement).encode(), **how)))


class Attest(AttestTest):
    def test_the_statement_is_as_its_schema_says(self):
        validate(self.statement(), "attestation.schema.json")
        path = self.path("whole.json")
        process = run("attest", self.model("dense-a"), self.model("dense-a-tuned"), "--control", self.model("dense-b"),
                      "--permutations", "1000", "-o", path, "-q")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(path, encoding="utf-8") as file:
            statement = json.load(file)
        validate(statement, "attestation.schema.json")
        self.found(path)
        self.assertEqual(statement["predicate"]["claim"]["outcome"], "related")
        self.assertGreater(len(statement["predicate"]["components"][0]["tests"]), 5)
        self.assertNotIn(b"key.pem", self.statement_bytes)

    def test_its_schema_has_what_that_of_a_trace_has(self):
        schemas = []
        for name in ("trace", "attestation"):
            with open(os.path.join(DOCS, name + ".schema.json"), encoding="utf-8") as file:
                schemas.append(json.loads(file.read().replace("#/properties/", "#/definitions/")))
        trace, attestation = schemas
        known = {**trace["properties"], **trace["definitions"]}
        shared = set(attestation["definitions"]) - {"model"}
        self.assertGreater(len(shared), 5)
        for name in shared:
            self.assertEqual(attestation["definitions"][name], known[name], name)
        predicate = attestation["properties"]["predicate"]["properties"]
        self.assertEqual(predicate["run"]["properties"]["request"], known["run"]["properties"]["request"])

    def test_its_subject_is_the_digest_of_all_files(self):
        """By hand: SHA-256 over the files' digests, in the order of the parts of their paths."""
        model = self.path("model")
        shutil.copytree(self.model("dense-a-tuned"), model)
        for name, content in (("a-b/x", "1"), ("a/y", "2"), ("a/Z", "3"), (".hidden", "4"), ("a.txt", ""),
                              (".git/config", "5"), (".gitattributes", "6"), (".github/w", "7"),
                              ("sub/.gitattributes", "8"), ("é", "9"), ("ﬀ", "10"), ("😀", "11")):
            self.write("model/" + name, content)
        out = self.path("att.json")
        process = run("attest", self.model("dense-a"), model, "-o", out, "-q", "--quick")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(out, encoding="utf-8") as file:
            statement = json.load(file)
        left_out = (".git", ".gitattributes", ".github", ".gitignore")
        paths = []
        for folder, _, files in os.walk(model):
            paths += [os.path.relpath(os.path.join(folder, name), model) for name in files]
        paths = sorted((path for path in paths if path.split("/")[0] not in left_out), key=lambda p: p.split("/"))
        digests = {}
        for path in paths:
            with open(os.path.join(model, path), "rb") as file:
                digests[path] = hashlib.sha256(file.read())
        resources = statement["predicate"]["model"]["resources"]
        self.assertEqual([r["name"] for r in resources], paths)
        self.assertEqual([r["digest"] for r in resources], [digests[p].hexdigest() for p in paths])
        root = hashlib.sha256(b"".join(digests[p].digest() for p in paths)).hexdigest()
        self.assertEqual(statement["subject"][0], {"name": "model", "digest": {"sha256": root}})
        self.assertEqual([s["name"] for s in statement["subject"][1:]], ["model.safetensors"])

    def test_a_signature_is_that_of_rfc_8032(self):
        path = self.path("signed.json")
        self.attest_to(path, "--key", self.key())
        with open(path, encoding="utf-8") as file:
            made = json.load(file)
        payload = base64.b64decode(made["payload"])
        self.assertEqual(payload, self.statement_bytes)
        signature = base64.b64decode(made["signatures"][0]["sig"])
        self.assertEqual(signature, ed25519.sign(SECRET, pre_auth(payload)))
        canonical = f'{{"keytype":"ed25519","keyval":{{"public":"{PUBLIC.hex()}"}},"scheme":"ed25519"}}'
        self.assertEqual(made["signatures"][0]["keyid"], hashlib.sha256(canonical.encode()).hexdigest())
        found = self.found(path, "--public-key", self.public())
        self.assertEqual((found["attestation"]["signature"], found["different"]), ("holds", 0))

    def test_it_may_lie_beside_the_weights(self):
        model = self.path("model")
        shutil.copytree(self.model("dense-a-tuned"), model)
        out = os.path.join(model, "att.json")
        for _ in range(2):  # the second takes the place of the first
            process = run("attest", self.model("dense-a"), model, "-o", out, "-q", "--quick")
            self.assertEqual(process.returncode, 0, process.stderr)
        self.found(out)
        moved = os.path.join(model, "published.json")
        os.rename(out, moved)
        self.found(moved)

    def test_models_of_one_file_and_of_an_index(self):
        file = os.path.join(self.model("dense-a-tuned"), "model.safetensors")
        out = self.path("att.json")
        process = run("attest", self.model("dense-a"), file, "-o", out, "-q", "--quick")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(out, encoding="utf-8") as opened, open(file, "rb") as weights:
            statement, content = json.load(opened), weights.read()
        validate(statement, "attestation.schema.json")
        digest = hashlib.sha256(content)
        self.assertEqual(statement["subject"],
                         [{"name": "model.safetensors",
                           "digest": {"sha256": hashlib.sha256(digest.digest()).hexdigest()}},
                          {"name": ".", "digest": {"sha256": digest.hexdigest()}}])
        self.found(out)

    def test_links_and_what_is_no_file(self):
        model = self.path("model")
        shutil.copytree(self.model("dense-a-tuned"), model)
        os.symlink(self.model("dense-a/config.json"), os.path.join(model, "linked.json"))
        out = self.path("att.json")
        process = run("attest", self.model("dense-a"), model, "-o", out, "-q", "--quick")
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(out, encoding="utf-8") as file:
            model_record = json.load(file)["predicate"]["model"]
        self.assertTrue(model_record["serialization"]["allow_symlinks"])
        self.assertIn("linked.json", [r["name"] for r in model_record["resources"]])
        os.mkfifo(os.path.join(model, "fifo"))
        process = run("attest", self.model("dense-a"), model, "-o", out, "-q", "--quick")
        self.assertEqual(process.returncode, 3)
        self.assertIn("fifo: is neither a file nor a folder", process.stderr)
        process = run("attest", self.model("dense-a"), model, "-o", out, "-q", "--quick", "--ignore", "fifo")
        self.assertEqual(process.returncode, 0, process.stderr)

    def test_what_is_read_can_not_be_left_out(self):
        process = run("attest", self.model("dense-a"), self.model("dense-a-tuned"), "--quick", "--json",
                      "--ignore", "model.safetensors")
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn("the weights are in it", process.stderr)
        for path in ("../x", "/etc", "a//b", ".", "a/"):
            process = run("attest", "a", "b", "--json", "--ignore", path)
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn("not a path within a model", process.stderr)

    def test_keys_that_are_none(self):
        cases = (("encrypted", ENCRYPTED, "is encrypted"), ("ec", EC_PRIVATE, "of the kind ECDSA P-256"),
                 ("public", public_pem(PUBLIC), "is a public key"), ("ssh", OPENSSH, "is a key of OpenSSH"),
                 ("text", "hello", "is no private key in PEM"), ("empty", "", "is no private key in PEM"),
                 ("cut", private_pem(SECRET)[:60], "is no private key in PEM"),
                 ("long", "x" * 100000, "is 100000 bytes long"))
        for name, content, message in cases:
            path = self.write(name + ".pem", content)
            with self.subTest(name):
                process = run("attest", self.model("dense-a"), self.model("dense-b"), "--key", path, "--json")
                self.assertEqual((process.returncode, process.stdout), (3, ""))
                self.assertIn(message, process.stderr)
                self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")

    def test_a_key_that_others_can_read_is_told(self):
        path = self.key()
        os.chmod(path, 0o644)
        process = run("attest", self.model("dense-a"), self.model("dense-a-tuned"), "--quick", "--key", path,
                      "-o", self.path("att.json"), "-q")
        self.assertEqual(process.returncode, 0)
        self.assertIn("can be read by others", process.stderr)

    def test_it_replaces_nothing_but_its_own(self):
        key = self.key()
        process = run("attest", self.model("dense-a"), self.model("dense-b"), "--key", key, "-o", key)
        self.assertEqual(process.returncode, 2)
        other = self.write("other.json", "{}")
        process = run("attest", self.model("dense-a"), self.model("dense-b"), "-o", other)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(run("attest", self.model("dense-a"), self.model("dense-b")).returncode, 2)
        path = self.path("signed.json")
        for _ in range(2):
            self.attest_to(path, "--key", key)


class Verify(AttestTest):
    def test_which_of_the_two_holds(self):
        """All four, with exit codes of their own, and text that says so."""
        wrong = self.statement()
        wrong["predicate"]["verdict"]["category"] = "no_evidence"
        public = self.public()
        right = self.write("right.json", json.dumps(envelope(self.statement_bytes)))
        other = self.write("other.json", json.dumps(envelope(self.statement_bytes, secret=bytes(32))))
        lies = self.signed(wrong)
        both = self.write("both.json", json.dumps(envelope(json.dumps(wrong).encode(), secret=bytes(32))))
        for file, code, signature, evidence in ((right, 0, "holds", True), (lies, 1, "holds", False),
                                                (other, 5, "broken", True), (both, 6, "broken", False)):
            with self.subTest(code=code):
                found = self.found(file, "--public-key", public, code=code)["attestation"]
                self.assertEqual((found["signature"], found["evidence_holds"]), (signature, evidence))
                text = " ".join(run("verify", file, "--public-key", public).stdout.split())
                self.assertIn("Signature " + ("Holds: made by" if signature == "holds" else "DOES NOT HOLD"), text)
                self.assertIn("Evidence " + ("Holds" if evidence else "DOES NOT HOLD"), text)
        self.assertEqual([d["place"] for d in self.found(lies, code=1)["differences"]], ["verdict.category"])

    def test_without_a_key_the_signature_is_not_believed(self):
        found = self.found(self.write("s.json", json.dumps(envelope(self.statement_bytes))))
        self.assertEqual(found["attestation"]["signature"], "not_checked")
        self.assertIsNone(found["attestation"]["signature_holds"])
        found = self.found(self.unsigned)
        self.assertEqual(found["attestation"]["signature"], "none")
        found = self.found(self.unsigned, "--public-key", self.public(), code=5)
        self.assertEqual(found["attestation"]["signature"], "none")

    def test_the_signature_alone(self):
        right = self.write("s.json", json.dumps(envelope(self.statement_bytes)))
        for public, code in ((PUBLIC, 0), (OTHER_PUBLIC, 5)):
            process = run("verify", right, "--public-key", self.public(public), "--signature-only",
                          "--input", "a=/nowhere")
            self.assertEqual(process.returncode, code, process.stderr)
        self.assertEqual(run("verify", right, "--signature-only").returncode, 2)

    def test_any_changed_byte_of_what_is_signed_is_seen(self):
        public = self.public()
        whole = envelope(self.statement_bytes)
        for place in range(0, len(self.statement_bytes), 1997):
            changed = bytearray(self.statement_bytes)
            changed[place] ^= 1
            broken = dict(whole, payload=base64.b64encode(bytes(changed)).decode())
            process = run("verify", self.write("b.json", json.dumps(broken)), "--public-key", public,
                          "--signature-only")
            self.assertIn(process.returncode, (3, 5), place)
        signature = bytearray(base64.b64decode(whole["signatures"][0]["sig"]))
        for cut in (b"", bytes(signature[:63]), bytes(signature) + b"\0", bytes(64), bytes(signature[::-1])):
            broken = dict(whole, signatures=[{"sig": base64.b64encode(cut).decode()}])
            process = run("verify", self.write("b.json", json.dumps(broken)), "--public-key", public,
                          "--signature-only")
            self.assertEqual(process.returncode, 5)

    def test_several_signatures(self):
        """One by the key is enough; what others there are is said."""
        right, other = envelope(self.statement_bytes), envelope(self.statement_bytes, secret=bytes(32))
        both = dict(right, signatures=other["signatures"] + right["signatures"])
        file = self.write("both.json", json.dumps(both))
        found = self.found(file, "--public-key", self.public())
        self.assertEqual((found["attestation"]["signature"], found["attestation"]["signatures"]), ("holds", 2))
        text = " ".join(run("verify", file, "--public-key", self.public()).stdout.split())
        self.assertIn("one of 2 signatures", text)
        many = dict(right, signatures=right["signatures"] * 17)
        process = run("verify", self.write("many.json", json.dumps(many)))
        self.assertEqual(process.returncode, 3)
        self.assertIn('"signatures" has 17 items', process.stderr)
        process = run("verify", self.write("none.json", json.dumps(dict(right, signatures=[]))))
        self.assertEqual(process.returncode, 3)
        self.assertIn("nobody signed it", process.stderr)

    def test_a_signature_for_another_kind_of_payload_does_not_count(self):
        """The type is signed with the bytes: nobody can pass one off as the other."""
        elsewhere = envelope(self.statement_bytes, payload_type="text/plain")
        moved = dict(elsewhere, payloadType=PAYLOAD_TYPE)
        found = self.found(self.write("moved.json", json.dumps(moved)), "--public-key", self.public(), code=5)
        self.assertEqual(found["attestation"]["signature"], "broken")
        process = run("verify", self.write("text.json", json.dumps(elsewhere)), "--public-key", self.public())
        self.assertEqual(process.returncode, 3)
        self.assertIn("a payload of the type text/plain", process.stderr)

    def test_another_key_is_told_from_other_bytes(self):
        named = envelope(self.statement_bytes, keyid="ab" * 32)
        file = self.write("named.json", json.dumps(named))
        found = self.found(file, "--public-key", self.public(OTHER_PUBLIC), code=5)
        self.assertEqual(found["attestation"]["signature"], "other_key")
        # The name proves nothing: who has the key may call it anything.
        self.assertEqual(self.found(file, "--public-key", self.public())["attestation"]["signature"], "holds")

    def test_keys_that_are_none(self):
        signed = self.write("s.json", json.dumps(envelope(self.statement_bytes)))
        for name, content, message in (("rsa", RSA_PUBLIC, "of the kind RSA"), ("k1", SECP256K1_PUBLIC, "of the kind EC"),
                                       ("private", private_pem(SECRET), "is a private key"),
                                       ("ssh", "ssh-ed25519 AAAA root@x", "is a key of OpenSSH"),
                                       ("text", "hello", "is no public key in PEM"),
                                       ("cut", public_pem(PUBLIC)[:50], "is no public key in PEM")):
            with self.subTest(name):
                process = run("verify", signed, "--public-key", self.write(name + ".pem", content))
                self.assertEqual((process.returncode, process.stdout), (3, ""))
                self.assertIn(message, process.stderr)
        self.assertEqual(run("verify", signed, "--public-key", self.path("absent")).returncode, 3)

    def test_models_that_changed_since(self):
        models = self.path("models")
        shutil.copytree(self.models.name, models)
        inputs = [f"a={models}/dense-a", f"b={models}/dense-a-tuned"]
        arguments = ["--input", inputs[0], "--input", inputs[1]]
        self.found(self.unsigned, *arguments)

        def of_b(code=1):
            found = self.found(self.unsigned, *arguments, code=code)
            self.assertFalse(found["attestation"]["evidence_holds"])
            return found["attestation"]["models"][1]

        card = os.path.join(models, "dense-a-tuned", "README.md")
        self.write(card, "new")
        self.assertEqual(of_b()["new"], ["README.md"])
        os.remove(card)
        tokenizer = os.path.join(models, "dense-a-tuned", "tokenizer.json")
        with open(tokenizer, "a", encoding="utf-8") as file:
            file.write("\n")
        self.assertEqual(of_b()["changed"], ["tokenizer.json"])
        os.remove(tokenizer)
        self.assertEqual(of_b()["missing"], ["tokenizer.json"])
        shutil.copy(os.path.join(self.model("dense-a-tuned"), "tokenizer.json"), tokenizer)
        weights = os.path.join(models, "dense-a-tuned", "model.safetensors")
        with open(weights, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)[0]
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))
        self.assertEqual(of_b()["changed"], ["model.safetensors"])

    def test_models_that_are_gone(self):
        """The signature is told all the same."""
        signed = self.write("s.json", json.dumps(envelope(self.statement_bytes)))
        process = run("verify", signed, "--public-key", self.public(), "--input", "b=" + self.path("gone"), "--json")
        self.assertEqual(process.returncode, 3)
        found = json.loads(process.stdout)
        validate(found, "verify.schema.json")
        self.assertEqual(found["attestation"]["signature"], "holds")
        self.assertIsNone(found["attestation"]["evidence_holds"])
        self.assertIn("gone", process.stderr)

    def test_statements_that_contradict_themselves(self):
        def changed(change):
            statement = self.statement()
            change(statement)
            return self.write("changed.json", json.dumps(statement))

        def other_subject(statement):
            statement["subject"][0]["digest"]["sha256"] = "0" * 64

        def further_subject(statement):
            statement["subject"].append({"name": "other", "digest": {"sha256": "0" * 64}})

        def other_name(statement):
            statement["subject"][0]["name"] = "Llama-3"

        def no_subject(statement):
            statement["subject"] = []

        def no_files(statement):
            statement["predicate"]["model"]["resources"] = None

        def path_outside(statement):
            statement["predicate"]["model"]["resources"][0]["name"] = "../../etc/passwd"

        def twice(statement):
            resources = statement["predicate"]["model"]["resources"]
            resources.append(resources[0])

        def leaves_out_weights(statement):
            model = statement["predicate"]["model"]
            model["serialization"]["ignore_paths"].append("model.safetensors")
            model["resources"] = [r for r in model["resources"] if r["name"] != "model.safetensors"]
            digest = hashlib.sha256(b"".join(bytes.fromhex(r["digest"]) for r in model["resources"])).hexdigest()
            model["sha256"] = digest
            statement["subject"] = [{"name": "dense-a-tuned", "digest": {"sha256": digest}}]

        def other_place(statement):
            statement["predicate"]["model"]["uri"] = "hf://org/other@" + "0" * 40
            statement["subject"][0]["uri"] = "hf://org/other@" + "0" * 40

        def not_a_trace(statement):
            statement["predicate"]["run"]["request"]["kind"] = "diff"

        for change, message in ((other_subject, "its subject is not the model"), (further_subject, "is about other too"),
                                (other_name, "its subject is not the model"), (no_subject, "it is about nothing"),
                                (no_files, "nothing says which files"), (path_outside, "no path within a model"),
                                (twice, "is there twice"), (leaves_out_weights, "the weights are in it"),
                                (other_place, "at another place"), (not_a_trace, "")):
            with self.subTest(change.__name__):
                process = run("verify", changed(change))
                self.assertEqual(process.returncode, 3, process.stdout)
                self.assertIn(message, process.stderr)
                self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")

    def test_what_is_none(self):
        signed = envelope(self.statement_bytes)
        for content in ({"_type": "https://in-toto.io/Statement/v1"}, {"_type": 3}, {"payloadType": PAYLOAD_TYPE},
                        dict(signed, payload="***"), dict(signed, payload=5), dict(signed, signatures=3),
                        dict(signed, signatures=[3]), dict(signed, payload=base64.b64encode(b"[" * 1000).decode()),
                        dict(signed, payload=base64.b64encode(b"{}").decode()), {"mediaType": "text/plain"},
                        {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"},
                        dict(self.statement(), _type="https://in-toto.io/Statement/v0.1"),
                        dict(self.statement(), predicateType="https://slsa.dev/provenance/v1"),
                        dict(self.statement(), predicate=[])):
            process = run("verify", self.write("none.json", json.dumps(content)))
            self.assertEqual(process.returncode, 3, process.stdout)
            self.assertRegex(process.stderr, r"\Amodelkin: [^\n]+\n\Z")
            self.assertNotIn("exception", process.stderr)
        process = run("verify", self.write("r.json", '{"schema_version": "1"}'), "--public-key", self.public())
        self.assertEqual(process.returncode, 2)
        self.assertIn("is no attestation", process.stderr)

    def test_a_huge_payload_is_refused_in_linear_time(self):
        huge = dict(envelope(b"{}"), payload="A" * (140 << 20))
        process = run("verify", self.write("huge.json", json.dumps(huge)))
        self.assertEqual(process.returncode, 3)
        self.assertIn("bytes long; at most", process.stderr)

    def test_a_bundle_by_certificate_is_called_what_it_is(self):
        bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                  "verificationMaterial": {"certificate": {"rawBytes": ""}, "tlogEntries": []},
                  "dsseEnvelope": envelope(self.statement_bytes)}
        found = self.found(self.write("bundle.json", json.dumps(bundle)))
        self.assertEqual(found["attestation"]["signature"], "certificate")
        found = self.found(self.write("bundle.json", json.dumps(bundle)), "--public-key", self.public(), code=5)
        self.assertIn("model_signing verify", run("verify", self.path("bundle.json")).stdout)


if __name__ == "__main__":
    unittest.main()
