/// An address that a message can be sent to: `local@domain` in ASCII, as every mail server takes it.
///
/// Personal data: it never describes itself, so that no log and no error shows it.
package struct MailAddress: Sendable, Hashable {
    let text: String

    /// - Throws: ``UnusableMail`` for a text that is no address, without the text.
    package init(_ text: String) throws(UnusableMail) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocalPart(parts[0]), Self.isDomain(parts[1]), text.utf8.count <= 254 else {
            throw UnusableMail(field: "address", reason: "must be like name@example.com, in ASCII")
        }
        self.text = text
    }

    var domain: Substring { text[text.index(after: text.firstIndex(of: "@") ?? text.startIndex)...] }

    /// RFC 5321, section 4.1.2: a dot-string of at most 64 octets. Quoted ones are not taken: nobody has one.
    private static func isLocalPart(_ part: Substring.UTF8View) -> Bool {
        (1...64).contains(part.count)
            && part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
            }
    }

    private static func isDomain(_ part: Substring.UTF8View) -> Bool {
        (1...253).contains(part.count)
            && part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension MailAddress: CustomStringConvertible, CustomReflectable {
    package var description: String { "(an address)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A message, or a part of one, that must not be sent. Names the field and never its content.
package struct UnusableMail: Error, Sendable, Equatable, CustomStringConvertible {
    package let field: String
    package let reason: String

    package init(field: String, reason: String) {
        self.field = field
        self.reason = reason
    }

    package var description: String { "\(field): \(reason)" }
}
