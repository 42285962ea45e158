import HindsightCore

/// The members of a JSON object as they are spelled, without decoding them: what an envelope holds passes on byte for byte.
package struct JSONMembers {
    /// In the order of the document: the name as it reads, and with its quotes as it is spelled, and the value as it is spelled.
    package private(set) var members: [(name: String, spelling: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    /// - Parameter object: A checked, compact JSON object.
    package init(ofCompact object: ArraySlice<UInt8>) {
        Self.forEachSpelled(in: object) { name, value in
            members.append((String(decoding: Self.read(name), as: UTF8.self), name, value))
        }
    }
}

extension JSONMembers {
    /// Lends each member's name as it reads, and its value as it is spelled, without making a list of them.
    ///
    /// - Parameter object: A checked, compact JSON object.
    package static func forEach(
        in object: ArraySlice<UInt8>, _ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        try forEachSpelled(in: object) { name, value in try body(read(name), value) }
    }

    /// A name between quotes, with its escapes resolved: `"typ\u0065"` is `type`.
    private static func read(_ spelling: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let name = spelling.dropFirst().dropLast()
        guard name.contains(UInt8(ascii: "\\")) else { return name }
        do {
            return Array(try JSON.decode(String.self, from: Array(spelling)).utf8)[...]
        } catch {
            preconditionFailure("a checked document has well-formed names: \(error)")
        }
    }

    private static func forEachSpelled(
        in object: ArraySlice<UInt8>, _ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        var index = object.startIndex + 1
        while index < object.endIndex, object[index] == UInt8(ascii: "\"") {
            let nameEnd = JSONPieces.end(ofValueAt: index, in: object)
            let valueEnd = JSONPieces.end(ofValueAt: nameEnd + 1, in: object)
            try body(object[index..<nameEnd], object[(nameEnd + 1)..<valueEnd])
            index = valueEnd + 1
        }
    }
}

/// The elements of a JSON array as they are spelled.
package struct JSONElements {
    package private(set) var elements: [ArraySlice<UInt8>] = []

    /// - Parameter array: A checked, compact JSON array.
    package init(ofCompact array: ArraySlice<UInt8>) {
        var index = array.startIndex + 1
        while index < array.endIndex - 1 {
            let end = JSONPieces.end(ofValueAt: index, in: array)
            elements.append(array[index..<end])
            index = end + 1
        }
    }
}

private enum JSONPieces {
    /// The index after the value that begins at `start`.
    static func end(ofValueAt start: Int, in slice: ArraySlice<UInt8>) -> Int {
        slice.withUnsafeBufferPointer { bytes in
            end(ofValueAt: start - slice.startIndex, in: bytes) + slice.startIndex
        }
    }

    private static func end(ofValueAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var depth = 0
        var isInString = false
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if isInString {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    if depth == 0 { return index + 1 }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return index }
                    depth -= 1
                    if depth == 0 { return index + 1 }
                case UInt8(ascii: ","): if depth == 0 { return index }
                default: break
                }
            }
            index += 1
        }
        return index
    }
}
