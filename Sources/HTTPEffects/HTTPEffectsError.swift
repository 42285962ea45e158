import FoundationEssentials

/// Why effects can't be sent over HTTP at all. Single effects don't throw: their trouble is an outcome.
public enum HTTPEffectsError: Error, Sendable, Hashable, CustomStringConvertible {
    case badBase(reason: String)
    case badSecret(reason: String)
    /// Never with a part of its content.
    case unreadableFile(path: String, reason: String)

    public var description: String {
        switch self {
        case .badBase(let reason): "the base of the peer's address: \(reason)"
        case .badSecret(let reason): "the secret of signatures: \(reason)"
        case .unreadableFile(let path, let reason): "\(path): \(reason)"
        }
    }
}

extension HTTPEffectPerformer {
    /// The base without a slash at its end.
    static func checkedBase(_ base: String) throws(HTTPEffectsError) -> String {
        guard let url = URL(string: base), ["http", "https"].contains(url.scheme?.lowercased()), url.host?.isEmpty == false else {
            throw .badBase(reason: "it has to be like https://peer.example/effects")
        }
        guard url.query == nil, url.fragment == nil else { throw .badBase(reason: "it can't have a query or a fragment") }
        guard url.user == nil, url.password == nil else {
            throw .badBase(reason: "it can't hold credentials: they have their place in the file of headers")
        }
        return base.hasSuffix("/") ? String(base.dropLast()) : base
    }
}

extension String {
    /// As a part of a path or the value of a query.
    var percentEncoded: String {
        let digits = Array("0123456789ABCDEF")
        return utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
