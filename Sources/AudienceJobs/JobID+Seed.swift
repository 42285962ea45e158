package import HindsightCore
import FoundationEssentials

extension StreamID where Kind == Jobs {
    /// The id that a seed gives to a form: the same seed and form are the same job, so asking twice starts it once.
    package static func seeded(_ seed: String, form: JSONValue) throws -> JobID {
        known(EventID.version5(namespace: namespace, name: "\(seed)\u{0}\(try Digest.hexadecimal(of: form))").description)
    }

    /// A new id out of bytes of chance.
    package static func random(entropy: some Collection<UInt8>, at instant: Timestamp) -> JobID {
        known(EventID.version7(at: instant, entropy: entropy).description)
    }

    private static func known(_ text: String) -> JobID {
        guard let id = JobID(text) else { preconditionFailure("a UUID in lower case is a job's id") }
        return id
    }

    /// Of the names above, made once for this purpose.
    private static let namespace = UUID(
        uuid: (0x5f, 0x0b, 0x3c, 0x9e, 0x1d, 0x4a, 0x4e, 0x77, 0x9a, 0x60, 0x2c, 0x81, 0x7d, 0x33, 0xe5, 0x10))
}
