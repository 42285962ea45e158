import HindsightCore
import Testing

@Suite("Attestation") struct AttestationTests {
    // Computed by Python's `cryptography`, with the recipe in the comment of `Attestation`; the private key is bytes 0 to 31.
    private static let line = """
        {"attestation":1,"digest":"6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283","position":42,\
        "publicKey":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8","recordedAt":"2026-01-01T00:00:00.000001Z",\
        "signature":"1153ee36e415659e926a09269ba8e4127c98d71f9618aaec030fb2cce1d34ef75b978061f62ba5d696856c592257512971dc0a4312bd61eda2ac4e3772d5cc04",\
        "signedAt":"2026-11-21T16:30:00.25Z"}
        """
    private static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----

        """
    private static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=
        -----END PUBLIC KEY-----

        """

    @Test("One that another program signed is good, and is written again as it was") func agreesWithVector() throws {
        let attestation = try JSON.decode(Attestation.self, from: Array(Self.line.utf8))
        #expect(attestation.isSigned())
        #expect(attestation.isSigned(by: try VerifyingKey(pem: Self.publicPEM)))
        #expect(try JSON.line(attestation) == Self.line)
    }

    @Test("The same head signed here is the one that another program signed") func signs() throws {
        let key = try SigningKey(pem: Self.privatePEM)
        let head = LogHead(
            position: 42, digest: try #require(EventDigest(bytes: Array(100..<132))),
            recordedAt: Timestamp(microsecondsSince1970: 1_767_225_600_000_001))
        let signedAt = try #require(Timestamp("2026-11-21T16:30:00.25Z"))
        #expect(try JSON.line(Attestation(of: head, signedAt: signedAt, by: key)) == Self.line)
        #expect(key.pem == Self.privatePEM)
        #expect(key.publicKey.pem == Self.publicPEM)
    }

    @Test(
        "A changed member makes the signature bad",
        arguments: [
            ("\"position\":42", "\"position\":43"), ("\"digest\":\"64", "\"digest\":\"65"), ("00.000001Z", "00.000002Z"),
            ("00.25Z", "00.26Z"),
            ("\"signature\":\"11", "\"signature\":\"12"), ("\"publicKey\":\"03", "\"publicKey\":\"04"),
        ])
    func findsChange(from: String, to: String) throws {
        let changed = Self.line.replacing(from, with: to)
        #expect(changed != Self.line)
        #expect(!(try JSON.decode(Attestation.self, from: Array(changed.utf8)).isSigned()))
    }

    @Test("Another's key does not vouch for it") func refusesOtherKey() throws {
        let attestation = try JSON.decode(Attestation.self, from: Array(Self.line.utf8))
        #expect(!attestation.isSigned(by: SigningKey().publicKey))
    }

    @Test(
        "What is no attestation is refused with the member",
        arguments: [
            ("\"attestation\":1", "\"attestation\":2", "/attestation"), ("\"position\":42", "\"position\":0", "/position"),
            ("\"digest\":\"64", "\"digest\":\"", "/digest"), ("\"signature\":\"11", "\"signature\":\"", "/signature"),
            ("\"position\":42,", "", "/position"),
        ])
    func refusesMalformed(from: String, to: String, pointer: String) throws {
        let changed = Self.line.replacing(from, with: to)
        let error = try #require(throws: DecodingError.self) { try JSON.decode(Attestation.self, from: Array(changed.utf8)) }
        #expect(error.pointerAndReason.pointer == pointer)
    }

    @Test("An empty log has nothing to attest") func refusesEmptyLog() {
        #expect(throws: EventLogError.self) { try Attestation(of: .empty, signedAt: Timestamp(microsecondsSince1970: 0), by: SigningKey()) }
    }

    @Test(
        "A file that is not the key that was asked for is refused, with nothing out of it",
        arguments: [
            "", "secret", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----",
        ])
    func refusesOtherFiles(text: String) throws {
        #expect(throws: KeyError.self) { try SigningKey(pem: text) }
        #expect(throws: KeyError.self) { try VerifyingKey(pem: text) }
        let error = try #require(throws: KeyError.self) { try SigningKey(pem: text) }
        #expect(!"\(error)".contains("secret"))
    }
}
