import Crypto

/// The SHA-256 of a paragraph's whole text in lower-case hex: what the journal says of a text instead of the text.
package enum TextDigest {
    package static func of(_ text: String?) -> String {
        SHA256.hash(data: Array((text ?? "").utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
