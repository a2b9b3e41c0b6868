"""What other programs say of attestations and bills: run by the Python of scripts/oracles, as
`oracles.py FUNCTION ARGUMENT...`; prints JSON.
"""

import json
import sys


def model_digest(path, links="", *only):
    """model-signing: the digest of a model, and each file's; of these files alone, where some are named."""
    import pathlib
    from google.protobuf import json_format
    from model_signing import hashing
    from model_signing._signing import signing
    config = hashing.Config().set_allow_symlinks(bool(links))
    files = [pathlib.Path(path) / name for name in only] or None
    payload = signing.Payload(config.hash(path, files_to_hash=files))
    return json.loads(json_format.MessageToJson(payload.statement.pb))


def read_statement(file):
    """in-toto-attestation: the statement, as it is read and checked there."""
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement, statement_pb2
    with open(file, encoding="utf-8") as opened:
        message = json_format.Parse(opened.read(), statement_pb2.Statement())
    read = statement.Statement.copy_from_pb(message)
    read.validate()
    return json.loads(json_format.MessageToJson(read.pb))


def read_manifest(file):
    """model-signing: the files of our predicate, read as its own."""
    from model_signing._signing import signing
    with open(file, encoding="utf-8") as opened:
        statement = json.load(opened)
    manifest = signing.dsse_payload_to_manifest(
        {"predicateType": "https://model_signing/signature/v1.0", "subject": statement["subject"][:1],
         "predicate": statement["predicate"]["model"]})
    return {d.identifier: d.digest.digest_hex for d in manifest.resource_descriptors()}


def verify_envelope(file, public):
    """securesystemslib: whether the envelope is signed by the key."""
    from cryptography.hazmat.primitives import serialization
    from securesystemslib import dsse, exceptions
    from securesystemslib.signer import SSlibKey
    with open(file, encoding="utf-8") as opened:
        envelope = dsse.Envelope.from_dict(json.load(opened))
    with open(public, "rb") as opened:
        key = SSlibKey.from_crypto(serialization.load_pem_public_key(opened.read()))
    try:
        return sorted(envelope.verify([key], 1))
    except exceptions.VerificationError:
        return []


def sign_envelope(file, key, out):
    """securesystemslib: an envelope of the file's bytes."""
    from cryptography.hazmat.primitives import serialization
    from securesystemslib import dsse
    from securesystemslib.signer import CryptoSigner
    with open(key, "rb") as opened:
        signer = CryptoSigner(serialization.load_pem_private_key(opened.read(), None))
    with open(file, "rb") as opened:
        envelope = dsse.Envelope(opened.read(), "application/vnd.in-toto+json", {})
    envelope.sign(signer)
    with open(out, "w", encoding="utf-8") as opened:
        json.dump(envelope.to_dict(), opened)


def make_keys(folder):
    """cryptography: pairs of keys as PEM, and where they are."""
    import os
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    pairs = {"ed25519": ed25519.Ed25519PrivateKey.generate(), "p256": ec.generate_private_key(ec.SECP256R1()),
             "p384": ec.generate_private_key(ec.SECP384R1()), "p521": ec.generate_private_key(ec.SECP521R1())}
    for name, key in pairs.items():
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption())
        public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                               serialization.PublicFormat.SubjectPublicKeyInfo)
        for ending, content in ((".pem", private), (".pub", public)):
            with open(os.path.join(folder, name + ending), "wb") as opened:
                os.chmod(opened.name, 0o600)
                opened.write(content)


def sign_model(path, key, out, shard_bytes=""):
    """model-signing: a model's signature by a key."""
    from model_signing import hashing, signing
    config = signing.Config().use_elliptic_key_signer(private_key=key)
    if shard_bytes:
        config.set_hashing_config(hashing.Config().use_shard_serialization(shard_size=int(shard_bytes)))
    config.sign(path, out)


def validate_cyclonedx(file, version):
    """cyclonedx-python-lib: what is wrong by the strict schema; and the ancestors that it reads."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    error = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(text)
    if error is not None:
        return {"error": str(error)}
    bill = Bom.from_json(json.loads(text))
    component = bill.metadata.component
    return {"error": None, "name": component.name, "type": component.type.value,
            "ancestors": [one.name for one in component.pedigree.ancestors],
            "properties": sorted(p.name for one in component.pedigree.ancestors for p in one.properties)}


def write_cyclonedx(out):
    """cyclonedx-python-lib: a bill of a model with an ancestor."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType, Pedigree
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL
    ancestor = Component(type=ComponentType.MACHINE_LEARNING_MODEL, group="org", name="dense-a",
                         purl=PackageURL("huggingface", "org", "dense-a"))
    bill = Bom()
    bill.metadata.component = Component(type=ComponentType.MACHINE_LEARNING_MODEL, name="dense-a-tuned",
                                        pedigree=Pedigree(ancestors=[ancestor]))
    with open(out, "w", encoding="utf-8") as opened:
        opened.write(JsonV1Dot6(bill).output_as_string())


def validate_spdx(file):
    """spdx-python-model: relationships of what it reads; raises where a type, a member or a number of them is wrong."""
    from spdx_python_model import v3_0_1 as spdx
    elements = spdx.SHACLObjectSet()
    with open(file, "rb") as opened:
        spdx.JSONLDDeserializer().read(opened, elements)
    missing = elements.link()
    names = [[one.from_.name, one.relationshipType.rpartition("/")[2], [getattr(to, "name", to) for to in one.to]]
             for one in elements.foreach_type(spdx.Relationship)]
    return {"missing": sorted(str(one) for one in missing or ()), "relations": names,
            "packages": sorted(one.name for one in elements.foreach_type(spdx.ai_AIPackage))}


def spdx3_names():
    """spdx-tools: the relationship types and the classes that its model of SPDX 3 has."""
    from spdx_tools.spdx3.model import RelationshipType
    from spdx_tools.spdx3.model.ai import AIPackage
    return {"types": [one.name for one in RelationshipType], "package": AIPackage.__name__}


def write_spdx2(out):
    """spdx-tools: a document of SPDX 2.3 whose package has an ancestor, valid by its own rules."""
    from datetime import datetime
    from spdx_tools.spdx.model import (Actor, ActorType, CreationInfo, Document, ExternalPackageRef,
                                       ExternalPackageRefCategory, Package, Relationship, RelationshipType,
                                       SpdxNoAssertion)
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    from spdx_tools.spdx.writer.json.json_writer import write_document_to_file
    made = CreationInfo("SPDX-2.3", "SPDXRef-DOCUMENT", "models", "https://example.org/models",
                        [Actor(ActorType.TOOL, "test")], datetime(2026, 1, 1))
    purl = ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", "pkg:huggingface/org/dense-a")
    a = Package("SPDXRef-a", "dense-a", SpdxNoAssertion(), files_analyzed=False, external_references=[purl])
    b = Package("SPDXRef-b", "dense-a-tuned", SpdxNoAssertion(), files_analyzed=False)
    relations = [Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-b"),
                 Relationship("SPDXRef-b", RelationshipType.DESCENDANT_OF, "SPDXRef-a")]
    document = Document(made, [a, b], relationships=relations)
    errors = validate_full_spdx_document(document)
    if errors:
        raise ValueError(errors)
    write_document_to_file(document, out)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
