/// A line of an export, read back.
package enum ExportedEvent {
    /// What is wrong with a line, and in which member.
    package struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        /// Empty for the line as a whole.
        package let field: String
        package let reason: String

        package init(field: String, reason: String) {
            self.field = field
            self.reason = reason
        }

        package var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
    }

    /// Reads a line; `data` and `metadata` keep their bytes. That the event follows from the one before is looked at elsewhere.
    package static func parse(_ line: [UInt8]) throws(Malformed) -> RecordedEvent {
        let members: Members
        do {
            members = try Members(of: line)
        } catch {
            throw Malformed(field: "", reason: "not valid JSON: \(error)")
        }
        try members.allow([
            "position", "stream", "version", "id", "type", "schemaVersion", "recordedAt", "occurredAt", "data", "metadata", "tags",
            "encoding", "salt", "commitment", "digest",
        ])
        let (data, salt) = (try members.isNull("data"), try members.isNull("salt"))
        return RecordedEvent(
            position: try members.number("position", in: 1...Int64.max),
            stream: try members.name("stream") { text throws(EventLogError) in try StreamName(text) },
            version: try members.number("version", in: 1...Int64.max),
            id: try members.text("id", expecting: "a UUID") { EventID($0) },
            type: try members.name("type") { text throws(EventLogError) in try EventType(text) },
            schemaVersion: Int(try members.number("schemaVersion", in: 1...Int64.max)),
            recordedAt: try members.text("recordedAt", expecting: "an instant like 2026-01-31T12:00:00Z") { Timestamp($0) },
            occurredAt: try members.text("occurredAt", expecting: "an instant like 2026-01-31T12:00:00Z") { Timestamp($0) },
            data: data ? nil : try members.object("data"), metadata: try members.object("metadata"), tags: try members.tags("tags"),
            encoding: Int(try members.number("encoding", in: 0...Int64(Int32.max))),
            salt: salt
                ? nil
                : try members.text("salt", expecting: "32 hexadecimal digits") { [UInt8](hexadecimal: $0).flatMap { Salt(bytes: $0) } },
            commitment: try members.text("commitment", expecting: "64 hexadecimal digits") { EventDigest(hexadecimal: $0) },
            digest: try members.text("digest", expecting: "64 hexadecimal digits") { EventDigest(hexadecimal: $0) })
    }
}

/// The members of a line as they are spelled; what they mean is asked one by one, so that a fault has a name.
private struct Members {
    private var names: [String] = []
    private var values: [ArraySlice<UInt8>] = []

    init(of line: [UInt8]) throws(JSONSyntaxError) {
        var scanner = MemberScanner(line)
        while let (name, value) = try scanner.next() {
            guard !names.contains(name) else { throw JSONSyntaxError(reason: "duplicate member", offset: value.startIndex) }
            names.append(name)
            values.append(value)
        }
    }

    func allow(_ known: [String]) throws(ExportedEvent.Malformed) {
        guard let stranger = names.first(where: { !known.contains($0) }) else { return }
        throw .init(field: stranger, reason: "is no member of an exported event")
    }

    private func value(_ name: String) throws(ExportedEvent.Malformed) -> ArraySlice<UInt8> {
        guard let index = names.firstIndex(of: name) else { throw .init(field: name, reason: "is missing") }
        return values[index]
    }

    func isNull(_ name: String) throws(ExportedEvent.Malformed) -> Bool { try value(name).elementsEqual("null".utf8) }

    func number(_ name: String, in range: ClosedRange<Int64>) throws(ExportedEvent.Malformed) -> Int64 {
        guard let number = Int64(String(decoding: try value(name), as: UTF8.self)), range.contains(number) else {
            throw .init(field: name, reason: "must be a whole number from \(range.lowerBound)")
        }
        return number
    }

    private func string(_ name: String, _ value: ArraySlice<UInt8>) throws(ExportedEvent.Malformed) -> String {
        guard value.count >= 2, value.first == UInt8(ascii: "\"") else { throw .init(field: name, reason: "must be a string") }
        let inside = value.dropFirst().dropLast()
        if !inside.contains(UInt8(ascii: "\\")) {
            guard let text = String(validating: inside, as: UTF8.self) else { throw .init(field: name, reason: "is no UTF-8") }
            return text
        }
        do {
            // Checked with the rules for all JSON: escapes, surrogates, UTF-8.
            return try JSON.decode(String.self, from: Array(value))
        } catch {
            throw .init(field: name, reason: "is no valid JSON string")
        }
    }

    func text<Value>(_ name: String, expecting form: String, _ make: (String) -> Value?) throws(ExportedEvent.Malformed) -> Value {
        guard let value = make(try string(name, try value(name))) else { throw .init(field: name, reason: "must be \(form)") }
        return value
    }

    func name<Value>(
        _ name: String, _ make: (String) throws(EventLogError) -> Value
    ) throws(ExportedEvent.Malformed) -> Value {
        let text = try string(name, try value(name))
        do { return try make(text) } catch { throw Self.malformed(name, error) }
    }

    private static func malformed(_ name: String, _ error: EventLogError) -> ExportedEvent.Malformed {
        if case .invalid(_, let reason) = error { .init(field: name, reason: reason) } else { .init(field: name, reason: "\(error)") }
    }

    func object(_ name: String) throws(ExportedEvent.Malformed) -> JSONText {
        do {
            return try JSONText(object: try value(name))
        } catch let error as JSONSyntaxError {
            throw .init(field: name, reason: "\(error)")
        } catch let error as ExportedEvent.Malformed {
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func tags(_ name: String) throws(ExportedEvent.Malformed) -> [Tag] {
        let list = try value(name)
        var scanner = MemberScanner(Array(list))
        var tags: [Tag] = []
        do {
            while let item = try scanner.nextItem() { tags.append(try tag(item, "\(name)/\(tags.count)")) }
        } catch let error as JSONSyntaxError {
            throw .init(field: name, reason: "\(error)")
        } catch let error as ExportedEvent.Malformed {
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
        return tags
    }

    private func tag(_ item: ArraySlice<UInt8>, _ place: String) throws(ExportedEvent.Malformed) -> Tag {
        let text = try string(place, item)
        do { return try Tag(text) } catch { throw Self.malformed(place, error) }
    }
}

/// Walks over the members of one object, or the items of one list, without looking into their values.
private struct MemberScanner {
    private let bytes: [UInt8]
    private var index = 0
    private var isBegun = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` at the end of the object, behind which nothing may stand.
    mutating func next() throws(JSONSyntaxError) -> (name: String, value: ArraySlice<UInt8>)? {
        guard try goesOn("{", "}") else { return nil }
        guard peek == UInt8(ascii: "\"") else { throw failure("a member name must be a string") }
        let name = try value().dropFirst().dropLast()
        skipWhiteSpace()
        guard take(":") else { throw failure("expected ':'") }
        skipWhiteSpace()
        return (String(decoding: name, as: UTF8.self), try value())
    }

    /// `nil` at the end of the list.
    mutating func nextItem() throws(JSONSyntaxError) -> ArraySlice<UInt8>? {
        guard try goesOn("[", "]") else { return nil }
        return try value()
    }

    private mutating func goesOn(_ opening: Unicode.Scalar, _ closing: Unicode.Scalar) throws(JSONSyntaxError) -> Bool {
        skipWhiteSpace()
        let isFirst = !isBegun
        if isFirst {
            guard take(opening) else { throw failure("expected '\(opening)'") }
            isBegun = true
            skipWhiteSpace()
        }
        if take(closing) {
            skipWhiteSpace()
            guard index == bytes.count else { throw failure("unexpected text after the end") }
            return false
        }
        guard isFirst || take(",") else { throw failure("expected ',' or '\(closing)'") }
        skipWhiteSpace()
        return true
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: index) }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { index += 1 }
    }

    /// Any value up to its end; whether it is well formed inside is for those to say who read it.
    private mutating func value() throws(JSONSyntaxError) -> ArraySlice<UInt8> {
        let start = index
        var depth = 0
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                try skipString()
                if depth == 0 { return bytes[start..<index] }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return try finished(start) }
                depth -= 1
                if depth == 0 {
                    index += 1
                    return bytes[start..<index]
                }
            case UInt8(ascii: ","), 0x20, 0x09, 0x0a, 0x0d: if depth == 0 { return try finished(start) }
            default: break
            }
            index += 1
        }
        throw failure("the text ends inside a value")
    }

    private func finished(_ start: Int) throws(JSONSyntaxError) -> ArraySlice<UInt8> {
        guard index > start else { throw failure("a value is missing") }
        return bytes[start..<index]
    }

    private mutating func skipString() throws(JSONSyntaxError) {
        index += 1
        while let byte = peek {
            index += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        throw failure("the text ends inside a string")
    }
}
