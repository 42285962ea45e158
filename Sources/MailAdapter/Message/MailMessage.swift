package import HindsightCore

/// A message to one recipient, as plain text.
///
/// The same message is rendered to the same bytes: what is sent again after a lost answer has the same `Message-ID`, by which mailboxes and
/// people recognise a repeat.
package struct MailMessage: Sendable {
    package let sender: MailAddress
    package let recipient: MailAddress
    private let id: String
    private let subject: String
    private let text: String
    private let date: Timestamp

    /// - Parameters:
    ///   - id: What the message tells of; the same for a repeat. Becomes the left side of the `Message-ID`.
    ///   - subject: One line.
    ///   - text: Lines end with LF or CRLF.
    /// - Throws: ``UnusableMail`` naming the field with a control character, which might begin a header of its own.
    package init(
        id: String, from sender: MailAddress, to recipient: MailAddress, subject: String, text: String, date: Timestamp
    ) throws(UnusableMail) {
        guard !id.isEmpty, id.utf8.count <= 200 else { throw UnusableMail(field: "id", reason: "must be 1 to 200 bytes") }
        for (field, value) in [("id", id), ("subject", subject)] where value.unicodeScalars.contains(where: Self.breaksLine) {
            throw UnusableMail(field: field, reason: "holds a control character, or a line break")
        }
        guard subject.utf8.count <= 1_000 else { throw UnusableMail(field: "subject", reason: "must be at most 1000 bytes") }
        self.id = id
        self.sender = sender
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.date = date
    }

    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// As RFC 5322 has it, every line ended by CRLF; dots are not doubled yet.
    package var rendered: String {
        let body = MailBody(text)
        return [
            "Date: \(MailDate.text(of: date))", HeaderText.field("From", sender.text), HeaderText.field("To", recipient.text),
            HeaderText.field("Message-ID", "<\(leftSide)@\(sender.domain)>"), "Subject: \(HeaderText.encoded(subject))",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: \(body.encoding.rawValue)", "",
        ].map { $0 + "\r\n" }.joined() + body.lines
    }

    /// The id with `_` for a colon, and everything else that is no letter, digit or dash as `=` and two hexadecimal digits: different ids stay
    /// different.
    private var leftSide: String {
        var result = ""
        for byte in id.utf8 {
            if MailAddress.isLetterOrDigit(byte) || byte == UInt8(ascii: "-") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else if byte == UInt8(ascii: ":") {
                result += "_"
            } else {
                result += "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
