/// A JSON document as its writer spelled it, less insignificant white space: member order, escapes and spelling of numbers are kept.
///
/// The log stores these bytes and digests are taken over them, so nothing here ever re-encodes.
public struct JSONText: Sendable, Hashable, CustomStringConvertible {
    /// UTF-8, compact, checked.
    public let bytes: [UInt8]

    /// Checks and compacts a document whose top level is an object.
    ///
    /// - Parameter maximumDepth: Levels of objects and arrays, the outermost included. An envelope around a document has one more.
    /// - Throws: `JSONSyntaxError` for anything RFC 8259 refuses, and for duplicate members, invalid UTF-8, lone surrogates,
    ///   more than `maximumDepth` levels and a top level that is no object.
    public init(object bytes: some Sequence<UInt8>, maximumDepth: Int = Limits.jsonDepth) throws(JSONSyntaxError) {
        self.bytes = try JSONText.compact(Array(bytes), maximumDepth: maximumDepth, allowsArray: false)
    }

    /// Checks and compacts a document whose top level is an object or an array: what holds several events or none.
    ///
    /// - Throws: As ``init(object:maximumDepth:)``.
    package static func compact(_ document: [UInt8], maximumDepth: Int) throws(JSONSyntaxError) -> [UInt8] {
        try compact(document, maximumDepth: maximumDepth, allowsArray: true)
    }

    private static func compact(_ bytes: [UInt8], maximumDepth: Int, allowsArray: Bool) throws(JSONSyntaxError) -> [UInt8] {
        let hasWhiteSpace = try bytes.checkedAsJSON(maximumDepth: maximumDepth, allowsArray: allowsArray)
        return hasWhiteSpace ? compacted(bytes) : bytes
    }

    public init(object text: String) throws(JSONSyntaxError) {
        try self.init(object: text.utf8)
    }

    /// Takes bytes that were checked before they were stored.
    public init(trusted bytes: [UInt8]) {
        self.bytes = bytes
    }

    public static let empty = JSONText(trusted: Array("{}".utf8))

    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Drops white space outside the strings of a checked document.
    private static func compacted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if byte == UInt8(ascii: "\""), !isEscaped { isInString = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if byte <= 0x20 {
                continue
            } else {
                isInString = byte == UInt8(ascii: "\"")
            }
            result.append(byte)
        }
        return result
    }
}

/// Why a text is not the JSON that the log accepts.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    public let reason: String
    /// Bytes before the place where the error was noticed.
    public let offset: Int
    /// The bound of the log that the text exceeds, if that is why.
    public let limit: Limit?

    init(reason: String, offset: Int, limit: Limit? = nil) {
        (self.reason, self.offset, self.limit) = (reason, offset, limit)
    }

    static func tooDeep(_ maximum: Int, offset: Int) -> JSONSyntaxError {
        JSONSyntaxError(reason: "more than \(maximum) levels", offset: offset, limit: .jsonDepth)
    }

    public var description: String { "\(reason) at byte \(offset)" }
}

extension [UInt8] {
    /// - Returns: Whether insignificant white space stands in the document.
    fileprivate func checkedAsJSON(maximumDepth: Int, allowsArray: Bool) throws(JSONSyntaxError) -> Bool {
        try withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            var cursor = JSONCursor(UnsafeRawBufferPointer(bytes), maximumDepth: maximumDepth)
            cursor.skipWhiteSpace()
            guard cursor.peek == UInt8(ascii: "{") || allowsArray && cursor.peek == UInt8(ascii: "[") else {
                throw cursor.failure("the top level must be an object\(allowsArray ? " or an array" : "")")
            }
            try cursor.checkValue()
            cursor.skipWhiteSpace()
            guard cursor.isAtEnd else { throw cursor.failure("unexpected text after the \(allowsArray ? "document" : "object")") }
            return cursor.hasPassedWhiteSpace
        }
    }
}

extension JSONCursor {
    /// Steps over a value, and refuses members that stand twice in one object.
    fileprivate mutating func checkValue() throws(JSONSyntaxError) {
        switch peek {
        case UInt8(ascii: "{"):
            guard try enterObject() else { return }
            var names = MemberNames()
            repeat {
                let name = try memberName()
                guard names.insert(name, in: bytes) else {
                    throw JSONSyntaxError(reason: "duplicate member", offset: name.range.upperBound + 1)
                }
                try checkValue()
            } while try nextMember()
        case UInt8(ascii: "["):
            guard try enterArray() else { return }
            repeat { try checkValue() } while try nextElement()
        default: try skipValue()
        }
    }
}

/// The names that an object has so far. A few are compared one by one; sorted ones, as our own code writes, only with the one before.
private struct MemberNames {
    private static let few = 16
    private var ordered: [JSONString] = []
    private var isSorted = true
    private var all: Set<[UInt8]>?

    /// - Returns: Whether the name is new.
    mutating func insert(_ name: JSONString, in bytes: UnsafeRawBufferPointer) -> Bool {
        if all == nil, !name.hasEscapes {
            if isSorted {
                guard let last = ordered.last, !bytes[last.range].lexicographicallyPrecedes(bytes[name.range]) else {
                    ordered.append(name)
                    return true
                }
                isSorted = false
            }
            if ordered.count < Self.few {
                let isKnown = ordered.contains { $0.range.count == name.range.count && bytes[$0.range].elementsEqual(bytes[name.range]) }
                ordered.append(name)
                return !isKnown
            }
        }
        var known = all ?? Set(ordered.map { Array(bytes[$0.range]) })
        all = nil
        defer { all = known }
        return known.insert(Array(name.text(in: bytes).utf8)).inserted
    }
}
