/// The members of a JSON object as they are spelled, without decoding them: what an envelope holds passes on byte for byte.
package struct JSONMembers {
    /// In the order of the document.
    package private(set) var members: [(name: String, value: ArraySlice<UInt8>)] = []

    /// - Parameter object: A checked, compact JSON object.
    package init(ofCompact object: ArraySlice<UInt8>) {
        Self.forEach(in: object) { name, value in members.append((String(decoding: name, as: UTF8.self), value)) }
    }
}

extension JSONMembers {
    /// Lends each member's name and value, as they are spelled, without making a list of them.
    ///
    /// - Parameter object: A checked, compact JSON object.
    package static func forEach(
        in object: ArraySlice<UInt8>, _ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        var index = object.startIndex + 1
        while index < object.endIndex, object[index] == UInt8(ascii: "\"") {
            let nameEnd = JSONPieces.end(ofValueAt: index, in: object)
            let valueEnd = JSONPieces.end(ofValueAt: nameEnd + 1, in: object)
            try body(object[(index + 1)..<(nameEnd - 1)], object[(nameEnd + 1)..<valueEnd])
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
