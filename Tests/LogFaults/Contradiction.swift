/// A promise of the log that did not hold, or a test that could not be carried out.
package struct Contradiction: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Expects `promise` to hold.
func expect(_ promise: Bool, _ otherwise: @autoclosure () -> String) throws(Contradiction) {
    guard promise else { throw Contradiction(otherwise()) }
}
