export class Combobox { constructor() {} }
