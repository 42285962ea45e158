/// A JSON document as its writer spelled it, less insignificant white space: member order, escapes and spelling of numbers are kept.
///
/// The log stores these bytes and digests are taken over them, so nothing here ever re-encodes.
public struct JSONText: Sendable, Hashable, CustomStringConvertible {
    /// UTF-8, compact, checked.
    public let bytes: [UInt8]

    /// Checks and compacts a document whose top level is an object.
    ///
    /// - Throws: `JSONSyntaxError` for anything RFC 8259 refuses, and for duplicate members, invalid UTF-8, lone surrogates,
    ///   more than 64 levels and a top level that is no object.
    public init(object bytes: some Sequence<UInt8>) throws(JSONSyntaxError) {
        var scanner = JSONScanner(Array(bytes))
        self.bytes = try scanner.compactedObject()
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
}

/// Why a text is not the JSON that the log accepts.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    public let reason: String
    /// Bytes before the place where the error was noticed.
    public let offset: Int

    public var description: String { "\(reason) at byte \(offset)" }
}

/// Walks over JSON bytes once: checks them and copies what is significant.
struct JSONScanner {
    private let input: [UInt8]
    private var index = 0
    private var output: [UInt8] = []

    init(_ input: [UInt8]) {
        self.input = input
        output.reserveCapacity(input.count)
    }

    mutating func compactedObject() throws(JSONSyntaxError) -> [UInt8] {
        skipWhiteSpace()
        guard peek == UInt8(ascii: "{") else { throw failure("the top level must be an object") }
        try value(depth: 1)
        skipWhiteSpace()
        guard index == input.count else { throw failure("unexpected text after the object") }
        return output
    }

    private var peek: UInt8? { index < input.count ? input[index] : nil }

    private func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: index) }

    private mutating func skipWhiteSpace() {
        while index < input.count {
            switch input[index] {
            case 0x20, 0x09, 0x0a, 0x0d: index += 1
            default: return
            }
        }
    }

    private mutating func copy() {
        output.append(input[index])
        index += 1
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) {
        switch peek {
        case UInt8(ascii: "{"):
            try checkDepth(depth)
            try object(depth: depth)
        case UInt8(ascii: "["):
            try checkDepth(depth)
            try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), (0x30...0x39)?: try number()
        case nil: throw failure("the text ends inside a value")
        default: throw failure("unexpected character")
        }
    }

    private func checkDepth(_ depth: Int) throws(JSONSyntaxError) {
        guard depth <= Limits.jsonDepth else { throw failure("more than \(Limits.jsonDepth) levels") }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) {
        copy()
        skipWhiteSpace()
        if peek == UInt8(ascii: "}") { return copy() }
        var names: Set<[UInt8]> = []
        while true {
            guard peek == UInt8(ascii: "\"") else { throw failure("a member name must be a string") }
            let start = output.count
            try string()
            guard names.insert(JSONScanner.unescaped(output[(start + 1)..<(output.count - 1)])).inserted else {
                throw failure("duplicate member")
            }
            skipWhiteSpace()
            guard peek == UInt8(ascii: ":") else { throw failure("expected ':'") }
            copy()
            skipWhiteSpace()
            try value(depth: depth + 1)
            skipWhiteSpace()
            if peek == UInt8(ascii: "}") { return copy() }
            guard peek == UInt8(ascii: ",") else { throw failure("expected ',' or '}'") }
            copy()
            skipWhiteSpace()
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) {
        copy()
        skipWhiteSpace()
        if peek == UInt8(ascii: "]") { return copy() }
        while true {
            try value(depth: depth + 1)
            skipWhiteSpace()
            if peek == UInt8(ascii: "]") { return copy() }
            guard peek == UInt8(ascii: ",") else { throw failure("expected ',' or ']'") }
            copy()
            skipWhiteSpace()
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONSyntaxError) {
        let matches = word.withUTF8Buffer { letters in
            index + letters.count <= input.count && input[index..<index + letters.count].elementsEqual(letters)
        }
        guard matches else { throw failure("unexpected character") }
        for _ in 0..<word.utf8CodeUnitCount { copy() }
    }

    private mutating func number() throws(JSONSyntaxError) {
        if peek == UInt8(ascii: "-") { copy() }
        if peek == UInt8(ascii: "0") { copy() } else { try digits() }
        if peek == UInt8(ascii: ".") {
            copy()
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            copy()
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { copy() }
            try digits()
        }
        if let next = peek, next.isDigit { throw failure("a number has no leading zeros") }
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard let first = peek, first.isDigit else { throw failure("expected a digit") }
        while let next = peek, next.isDigit { copy() }
    }

    private mutating func string() throws(JSONSyntaxError) {
        copy()
        while true {
            guard let byte = peek else { throw failure("the text ends inside a string") }
            switch byte {
            case UInt8(ascii: "\""): return copy()
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw failure("a control character must be escaped")
            case 0x20..<0x80: copy()
            default: try multibyteCharacter(first: byte)
            }
        }
    }

    private mutating func escape() throws(JSONSyntaxError) {
        copy()
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            copy()
        case UInt8(ascii: "u"):
            copy()
            let unit = try hexadecimalUnit()
            if (0xdc00...0xdfff).contains(unit) { throw failure("lone surrogate") }
            guard (0xd800...0xdbff).contains(unit) else { return }
            guard peek == UInt8(ascii: "\\") else { throw failure("lone surrogate") }
            copy()
            guard peek == UInt8(ascii: "u") else { throw failure("lone surrogate") }
            copy()
            guard (0xdc00...0xdfff).contains(try hexadecimalUnit()) else { throw failure("lone surrogate") }
        default: throw failure("unknown escape")
        }
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = byte.hexadecimalValue else { throw failure("expected four hexadecimal digits") }
            unit = unit << 4 | UInt32(digit)
            copy()
        }
        return unit
    }

    /// One well-formed UTF-8 sequence of two to four bytes (table 3-7 of the Unicode standard).
    private mutating func multibyteCharacter(first: UInt8) throws(JSONSyntaxError) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xe1...0xec, 0xee...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw failure("invalid UTF-8")
        }
        guard index + length <= input.count, second.contains(input[index + 1]),
            input[(index + 2)..<(index + length)].allSatisfy({ (0x80...0xbf).contains($0) })
        else { throw failure("invalid UTF-8") }
        for _ in 0..<length { copy() }
    }

    /// The characters that the inside of a checked string stands for, as UTF-8.
    static func unescaped(_ inside: ArraySlice<UInt8>) -> [UInt8] {
        guard inside.contains(UInt8(ascii: "\\")) else { return Array(inside) }
        var result: [UInt8] = []
        var index = inside.startIndex
        func unit(at start: Int) -> UInt32 {
            inside[start..<start + 4].reduce(0) { $0 << 4 | UInt32($1.hexadecimalValue ?? 0) }
        }
        while index < inside.endIndex {
            guard inside[index] == UInt8(ascii: "\\") else {
                result.append(inside[index])
                index += 1
                continue
            }
            let letter = inside[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit(at: index)
                index += 4
                if (0xd800...0xdbff).contains(scalar) {
                    scalar = 0x10000 + (scalar - 0xd800) << 10 + (unit(at: index + 2) - 0xdc00)
                    index += 6
                }
                if let character = Unicode.Scalar(scalar) { result.append(contentsOf: String(character).utf8) }
            default: result.append(letter)
            }
        }
        return result
    }
}

extension UInt8 {
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
