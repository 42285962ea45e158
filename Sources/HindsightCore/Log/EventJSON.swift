/// An event as one line of JSON, the form in which readers and exports get it: `data` and `metadata` are the bytes of the log.
package enum EventJSON {
    package enum Form: Sendable {
        /// What a reader gets.
        case read
        /// With `encoding`, `salt` and `commitment` too: all that another log needs to take the event over.
        case exported
    }

    /// - Throws: `.damaged` for tags that no append can have written.
    package static func append(
        _ event: borrowing BorrowedEvent, as form: Form, to bytes: inout [UInt8]
    ) throws(EventLogError) {
        func literal(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        func number(_ number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }
        func hash(_ digest: EventDigest) { bytes.append(contentsOf: digest.hexadecimal.utf8) }
        literal(#"{"position":"#)
        number(event.position)
        literal(#","stream":"#)
        appendName(event.stream.description, to: &bytes)
        literal(#","version":"#)
        number(event.version)
        literal(#","id":""#)
        bytes.append(contentsOf: event.id.description.utf8)
        literal(#"","type":"#)
        appendName(event.type.description, to: &bytes)
        literal(#","schemaVersion":"#)
        number(event.schemaVersion)
        literal(#","recordedAt":""#)
        bytes.append(contentsOf: event.recordedAt.description.utf8)
        literal(#"","occurredAt":""#)
        bytes.append(contentsOf: event.occurredAt.description.utf8)
        literal(#"","data":"#)
        if let data = event.data { bytes.append(contentsOf: data) } else { literal("null") }
        literal(#","metadata":"#)
        bytes.append(contentsOf: event.metadata)
        literal(#","tags":"#)
        TagList.append(try event.tags(), to: &bytes)
        if form == .exported {
            literal(#","encoding":"#)
            number(event.encoding)
            literal(#","salt":"#)
            if let salt = event.salt {
                literal("\"")
                bytes.append(contentsOf: salt.withUnsafeBytes { $0.hexadecimal }.utf8)
                literal("\"")
            } else {
                literal("null")
            }
            literal(#","commitment":""#)
            hash(event.commitment)
            literal("\"")
        }
        literal(#","digest":""#)
        hash(event.digest)
        literal("\"}")
    }

    /// Names hold no control characters, so only quotes and backslashes need an escape.
    private static func appendName(_ name: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in name.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
