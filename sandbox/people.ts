// A few customers whom every stand-in knows, under the id of its own: one person writes tickets, mails and chats, and takes calls.

export interface Person {
  readonly first: string;
  readonly last: string;
  /** As this person writes it; people are not consistent about capital letters. */
  readonly email: string;
}

/** Two of one company, one of another, and one whose address tells of no company. */
export const PEOPLE: readonly Person[] = [
  { first: 'سارة', last: 'القحطاني', email: 'sara@alnoor-trading.example' },
  { first: 'خالد', last: 'الشمري', email: 'khaled@alnoor-trading.example' },
  { first: 'Mona', last: 'Adel', email: 'mona.adel@nile-logistics.example' },
  { first: 'فهد', last: 'العتيبي', email: 'fahad.alotaibi@gmail.com' },
];
