/// Reads itself from the members of a JSON object in one pass, without `Codable`: at half the cost, for the events that a log holds
/// millions of.
///
/// One line for each member, fastest in the order in which they are stored, which is that of the names:
///
///     extension RetryScheduled: JSONReadable {
///         init(reading members: inout MemberReader) throws {
///             attempt = try members.integer("attempt")
///             note = try members.optionalString("note")
///         }
///     }
///
/// It must read what the type's `Codable` reads; members that it doesn't ask for are checked and passed over.
public protocol JSONReadable {
    init(reading members: inout MemberReader) throws
}

/// The members of a JSON object, asked for by name.
///
/// The next one is tried first, and the others only if it has another name; so any order works, and the stored one never looks twice.
/// An optional member is `nil` where it is absent or `null`.
public struct MemberReader: ~Copyable {
    /// Before a member's name, or behind the object's brace if `isAtEnd`.
    var cursor: JSONCursor
    private var isAtEnd: Bool
    private let first: Int
    private let start: Int
    /// Behind the object's brace; known once it has been passed.
    private var end: Int?
    /// The names of all members, as a set of bits; known once a name has been looked for in vain.
    private var names: MemberBits?
    /// Where the value that was asked for last begins.
    private var value: Int

    /// - Parameter cursor: On the object's brace.
    init(enteredFrom cursor: JSONCursor) throws {
        var inner = cursor
        let hasMembers = try inner.readBrace()
        self.cursor = inner
        isAtEnd = !hasMembers
        start = cursor.offset
        first = inner.offset
        value = inner.offset
        end = hasMembers ? nil : inner.offset
    }

    /// On a document that is one object.
    @usableFromInline
    init(document bytes: UnsafeRawBufferPointer) throws {
        var cursor = JSONCursor(bytes)
        cursor.skipWhiteSpace()
        try self.init(enteredFrom: cursor)
    }

    /// Checks what nobody asked for.
    @usableFromInline
    consuming func leaveDocument() throws {
        var cursor = cursor
        try leave(&cursor)
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd else { throw cursor.failure("unexpected text after the value") }
    }

    /// Checks the members that nobody asked for, and puts the outer cursor behind the object.
    consuming func leave(_ outer: inout JSONCursor) throws {
        if let end { return outer.move(to: end, depth: outer.depth) }
        while !isAtEnd {
            _ = try cursor.memberName()
            try cursor.skipValue()
            try pass()
        }
        outer.move(to: cursor.offset, depth: outer.depth)
    }

    /// Steps from behind a value to the next member.
    mutating func pass() throws {
        if try !cursor.nextMember() {
            isAtEnd = true
            end = cursor.offset
        }
    }
}

// MARK: - Finding members

/// One bit for each name, by length and outer letters: an unset bit proves that a name is absent.
private struct MemberBits {
    private var bits: UInt64 = 0

    private static func bit(_ name: UnsafeRawBufferPointer) -> UInt64 {
        guard let first = name.first, let last = name.last else { return 1 }
        let hash = UInt32(truncatingIfNeeded: name.count) &* 7 &+ UInt32(first) &* 31 &+ UInt32(last)
        return 1 << UInt64(hash & 63)
    }

    mutating func insert(_ name: JSONString, in bytes: UnsafeRawBufferPointer) {
        guard !name.hasEscapes else {
            bits = .max
            return
        }
        bits |= Self.bit(UnsafeRawBufferPointer(rebasing: bytes[name.range]))
    }

    func mayContain(_ name: StaticString) -> Bool { bits & Self.bit(name.bytes) != 0 }
}

extension MemberReader {
    /// Steps to the value of a member that must be there.
    mutating func find(_ name: StaticString) throws {
        guard try stepToValue(name) else { throw missing(name) }
    }

    /// Steps to the value of a member, unless that is absent or `null`.
    mutating func findIfPresent(_ name: StaticString) throws -> Bool {
        guard try stepToValue(name) else { return false }
        guard cursor.peek == UInt8(ascii: "n") else { return true }
        _ = try cursor.literal()
        try pass()
        return false
    }

    /// Reads the value under the cursor in place.
    @inline(__always)
    mutating func read<Value>(_ body: (inout JSONCursor) throws -> Value) throws -> Value {
        let value = try body(&cursor)
        try pass()
        return value
    }

    @inline(__always)
    private mutating func stepToValue(_ name: StaticString) throws -> Bool {
        let isFound = try (!isAtEnd && cursor.skipName(name.bytes)) || search(name)
        if isFound { value = cursor.offset }
        return isFound
    }

    /// Looks at every member, from the next one on and round to it again; back there if there is none of the name.
    @inline(never)
    private mutating func search(_ name: StaticString) throws -> Bool {
        if let names, !names.mayContain(name) { return false }
        let origin = isAtEnd ? first : cursor.offset
        let depth = isAtEnd ? cursor.depth + 1 : cursor.depth
        guard origin != end else { return false }
        var seen = MemberBits()
        restart(at: origin, depth: depth)
        repeat {
            let candidate = try cursor.memberName()
            if candidate.spells(name.bytes, in: cursor.bytes) { return true }
            seen.insert(candidate, in: cursor.bytes)
            try cursor.skipValue()
            try pass()
            if isAtEnd { restart(at: first, depth: depth) }
        } while cursor.offset != origin
        names = seen
        return false
    }

    private mutating func restart(at offset: Int, depth: Int) {
        cursor.move(to: offset, depth: depth)
        isAtEnd = false
    }

    /// That the member which was asked for last has a value that its type doesn't admit.
    public func malformed(_ reason: String) -> DecodingError { cursor.corrupted(reason, at: value) }

    @inline(never)
    private func missing(_ name: StaticString) -> DecodingError {
        cursor.error { .missing("\(name)", path: $0.path(toByte: start)) }
    }
}
