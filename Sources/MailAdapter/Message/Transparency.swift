import NIOCore

extension ByteBuffer {
    /// The content of a message as it goes over the wire before its last dot: a line's leading dot is doubled (RFC 5321, section 4.5.2).
    ///
    /// - Parameter content: Lines ended by CRLF.
    init(stuffing content: String) {
        self.init()
        reserveCapacity(content.utf8.count + 16)
        var isAtStart = true
        for byte in content.utf8 {
            if isAtStart, byte == UInt8(ascii: ".") { writeInteger(byte) }
            writeInteger(byte)
            isAtStart = byte == UInt8(ascii: "\n")
        }
    }
}
