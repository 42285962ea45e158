/// Which charges lose their answer: the first time a key is seen, never again.
package struct Faults: Sendable {
    package enum Moment: String, Codable, Sendable { case beforeActing = "before", afterActing = "after" }

    private let draw: SeededDraw
    private let afterPermille: Int
    private let beforePermille: Int

    package init(seed: UInt64, afterPermille: Int, beforePermille: Int) {
        draw = SeededDraw(seed: seed)
        self.afterPermille = afterPermille
        self.beforePermille = beforePermille
    }

    /// When the connection of this key's first request is cut; one draw decides both kinds, so a key suffers one of them at most.
    package func moment(for key: String) -> Moment? {
        let number = draw.permille("lost answer", key)
        return if number < afterPermille { .afterActing } else if number < afterPermille + beforePermille { .beforeActing } else { nil }
    }
}
